// SPDX-License-Identifier: Apache-2.0
/**
 * Files and folders as flows. The flow's bytes are the {@link org.dwcp.migration.file.Manifest} (what there is), then for each file of it the
 * content and the SHA-256 of the content. So ten thousand small files fill a few chunks and cost no round trips of their own, and a resume is
 * a matter of ranges. A receiver collects in a part folder beside the target and renames only what is whole and right.
 */
package org.dwcp.migration.file;
