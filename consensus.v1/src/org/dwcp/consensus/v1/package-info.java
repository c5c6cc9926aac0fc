// SPDX-License-Identifier: Apache-2.0
/**
 * Consensus v1: Raft (Ongaro and Ousterhout, USENIX ATC 2014) by Apache Ratis 3.3.0 over gRPC and TLS. One Ratis server a node carries all groups. The library is a bundle of
 * its own that is never refreshed; this one is thin.
 *
 * <p>Reads that are called linearizable go through the log: a leader of Ratis 3.3.0 that has lost its quorum still answers its own linearizable reads in a quiet period
 * (docs/adr/0027).
 */
package org.dwcp.consensus.v1;
