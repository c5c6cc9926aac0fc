// SPDX-License-Identifier: Apache-2.0
/**
 * Signed values that reach every node. Who talks to whom: HyParView (Leitão, Pereira, Rodrigues: "HyParView: a membership protocol for reliable gossip-based
 * broadcast", DSN 2007), a few symmetric neighbours and a larger list to replace them from. How a value spreads: Plumtree (the same authors: "Epidemic broadcast
 * trees", SRDS 2007), pushed along a tree, announced beside it, so that a broken tree mends itself. What both miss is found by anti-entropy: digests of the whole
 * state, compared now and then. All of it is a pure state machine ({@link org.dwcp.gossip.GossipCore}); {@link org.dwcp.gossip.GossipNode} runs it over small calls.
 */
package org.dwcp.gossip;
