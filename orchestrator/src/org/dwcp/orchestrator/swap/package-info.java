// SPDX-License-Identifier: Apache-2.0
/**
 * Carries decisions out: the switchboard is the only writer of the routing table, a swap is its transaction. Around it: the operator's commands,
 * the adapter for consumers, the tracking of providers in the service registry, the writing of rankings, the draining of old providers.
 */
package org.dwcp.orchestrator.swap;
