// SPDX-License-Identifier: Apache-2.0

/**
 * Consensus v3: PBFT. The slot's provider for the internet: orders entries among n = 3f + 1 members of which f may do anything. This package is the
 * OSGi edge; the protocol is in {@code core}, what it says in {@code message}, who may say it in {@code auth}, the runtime in {@code node}.
 */
package org.dwcp.consensus.v3;
