// SPDX-License-Identifier: Apache-2.0

/**
 * PBFT as a pure state machine: {@link org.dwcp.consensus.v3.core.Replica#step} takes an event and gives effects. No thread, clock, input,
 * output or randomness in here; the same events give the same effects. The same classes run in a node, in the simulator and in transcripts.
 *
 * <p>Source: Castro and Liskov, "Practical Byzantine Fault Tolerance" (OSDI 1999) and "... and Proactive Recovery" (TOCS 2002), whose rule
 * for the new view is taken because it needs no signatures in the normal case; view changes are signed here, so every replica computes and checks
 * the new view itself and no acknowledgements of view changes are needed. What differs is in ADR 0030.
 *
 * <p>Promises while at most f = floor((n - 1) / 3) members are faulty in any way: no two correct replicas execute different batches at one
 * sequence number, every request takes effect at most once, and once messages arrive in time every request of a correct client is executed.
 */
package org.dwcp.consensus.v3.core;
