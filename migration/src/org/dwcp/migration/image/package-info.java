// SPDX-License-Identifier: Apache-2.0
/**
 * Disk images as versions: scanning a file into chunks and holes, packing what a peer lacks against a version that it has, and restoring a file that
 * is checked by its hash. Formats, numbers and reasons: {@code docs/adr/0034-disk-images.md}.
 */
package org.dwcp.migration.image;
