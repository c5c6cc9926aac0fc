// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

/**
 * One version of an image. Immutable.
 *
 * @param name      name of the image, the baseline's key
 * @param sha256    hash of its bytes, the baseline's version
 * @param bytes     its size
 * @param createdMs when it was kept, milliseconds since 1970
 * @param chunks    number of its chunks
 */
public record Version(String name, ChunkId sha256, long bytes, long createdMs, int chunks) {
}
