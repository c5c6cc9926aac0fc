// SPDX-License-Identifier: Apache-2.0
/**
 * Consensus v0: one member, whose disk is the quorum. Proposals that wait together are written in one frame and made durable by one {@code fdatasync} (group commit);
 * only then are they applied and answered. A frame that was torn by a crash was never answered and is cut off; a broken frame with a whole one behind it is
 * damage, and the log is refused.
 */
package org.dwcp.consensus.v0;
