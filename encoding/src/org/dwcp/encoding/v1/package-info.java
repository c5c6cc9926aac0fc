// SPDX-License-Identifier: Apache-2.0
/**
 * Encoding by LZ4 blocks (lz4_Block_format.md of the LZ4 project), for networks where the codec, not the line, is the bottleneck. Uses the
 * native library; where that cannot be loaded, the library's memory-safe Java code.
 */
package org.dwcp.encoding.v1;
