// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.nio.file.attribute.FileTime;

/**
 * One file or folder of a manifest.
 *
 * @param index      place in the manifest, from 0
 * @param path       relative to what is sent, with {@code /}; empty text for that itself
 * @param folder     true for a folder, false for a file
 * @param executable whether its owner may execute it
 * @param modified   time of the last change
 * @param size       bytes of the file, 0 for a folder
 * @param start      offset of its content behind the manifest
 */
record Item(int index, String path, boolean folder, boolean executable, FileTime modified, long size, long start) {
    /** Bytes it takes of the flow: content and hash. */
    long span() {
        return folder ? 0 : size + FilesOffer.HASH_BYTES;
    }
}
