// SPDX-License-Identifier: Apache-2.0
/**
 * Files and folders that move between nodes: resumable, acknowledged, exactly once, whatever is swapped meanwhile.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.transfer;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
