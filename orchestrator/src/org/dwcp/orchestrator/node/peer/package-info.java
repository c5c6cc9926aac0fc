// SPDX-License-Identifier: Apache-2.0
/**
 * The nodes that this node knows. One control connection to each, TLS 1.3 with certificates on both sides, carries who is there, what it has
 * installed and how far away it is; no data. The wire format is in docs/adr/0012.
 */
package org.dwcp.orchestrator.node.peer;
