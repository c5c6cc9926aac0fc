// SPDX-License-Identifier: Apache-2.0
/**
 * The data side of the routing: one immutable table behind one volatile field, routes that read it, and counters that prove when a provider
 * is free. Nothing here blocks, and a routed call allocates nothing (docs/adr/0010).
 */
package org.dwcp.orchestrator.route;
