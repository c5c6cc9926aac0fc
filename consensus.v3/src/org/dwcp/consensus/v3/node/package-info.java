// SPDX-License-Identifier: Apache-2.0

/** The runtime around the core: one thread a group, the durable vote log, lines to the other members, timers. */
package org.dwcp.consensus.v3.node;
