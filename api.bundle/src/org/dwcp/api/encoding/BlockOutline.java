// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

/**
 * What a short look at a block tells of it, and where it goes. Shares are of the bytes looked at. Immutable.
 * {@snippet :
 * static boolean random(BlockOutline block) {
 *     return block.entropy() > 0.98 && block.matched() < 0.01;
 * }
 * }
 *
 * @param bytes        size of the block
 * @param entropy      entropy of order 0 as a share of 8 bits a byte, 0 to 1
 * @param matched      share of bytes that come once more within the sample, 0 to 1
 * @param parseRatio   share of bytes that a simple Lempel-Ziv coder would leave, 0 to 1
 * @param zeros        share of zero bytes, 0 to 1
 * @param printable    share of printable ASCII, 0 to 1
 * @param bandwidthBps available bandwidth to the peer in bits a second, above 0
 * @param cores        threads that encode side by side
 */
public record BlockOutline(int bytes, double entropy, double matched, double parseRatio, double zeros, double printable, long bandwidthBps, int cores) {
}
