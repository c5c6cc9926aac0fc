// SPDX-License-Identifier: Apache-2.0
/**
 * Disk images that nodes keep as versions, so that of a changed image only what is new travels.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.image;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
