// SPDX-License-Identifier: Apache-2.0
/**
 * Which providers work: a breaker for each, fed by its calls and probes, and the monitor that probes them and lets them back in.
 */
package org.dwcp.orchestrator.health;
