// SPDX-License-Identifier: Apache-2.0
/**
 * What images are read from and written to: raw files with their holes, block devices, qcow2 files. Each is a run of bytes of known length here, parts of
 * which are known to be zero. Reasons and limits: {@code docs/adr/0034-disk-images.md}.
 */
package org.dwcp.migration.image.disk;
