// SPDX-License-Identifier: Apache-2.0

/** The contract of the encoding slot: what every provider of it has to pass, ours and third parties'. */
@Export
@Version("1.0.0")
package org.dwcp.testkit.encoding;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
