// SPDX-License-Identifier: Apache-2.0

/**
 * AMST v3, the internet's transport: 4 to 16 TCP lanes a channel, as many as the bandwidth-delay product asks for and as pay; BBR where the
 * kernel offers it, else CUBIC; short queues by measured rate (TCP_NOTSENT_LOWAT), and pacing by the kernel (SO_MAX_PACING_RATE) on demand.
 */
package org.dwcp.transport.v3;
