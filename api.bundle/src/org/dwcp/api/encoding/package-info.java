// SPDX-License-Identifier: Apache-2.0
/**
 * The encoding slot: blocks of bytes into self-describing, checksummed frames and back.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.encoding;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
