// SPDX-License-Identifier: Apache-2.0
/**
 * Acknowledged byte flows between two nodes. A flow is one range of bytes, 0 to its total, that one end has ({@link
 * org.dwcp.migration.flow.FlowSource}) and the other wants ({@link org.dwcp.migration.flow.FlowSink}). It travels as numbered chunks over
 * channels that may come, go and change their provider at any time: a chunk is sent again only when the channel that carried it is gone, and the
 * sink takes every byte once. What is acknowledged survives the death of the receiver's process. The wire is described in
 * {@code docs/adr/0017-flows.md}.
 */
package org.dwcp.migration.flow;
