// SPDX-License-Identifier: Apache-2.0
/**
 * Virtual machines that move between nodes while they run.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.vm;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
