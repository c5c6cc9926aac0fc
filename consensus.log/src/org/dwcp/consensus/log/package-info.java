// SPDX-License-Identifier: Apache-2.0
/**
 * The virtual log (after Delos, OSDI 2020): a group's log is a chain of epochs, each ordered by one consensus provider. Commands travel in batches, carry (client,
 * sequence), and take effect exactly once, whatever is repeated, crashes or is switched. An epoch ends with a seal; a certificate over the state at the seal, signed by a
 * quorum, is what the next one begins with. {@link org.dwcp.consensus.log.ChainCore} is the pure core of the switch; everything with a thread is around it.
 */
package org.dwcp.consensus.log;
