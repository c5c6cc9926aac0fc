// SPDX-License-Identifier: Apache-2.0

/** Hostile input for decoders: seeded, so that what fails can be repeated by its number. */
@Export
@Version("1.0.0")
package org.dwcp.testkit.fuzz;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
