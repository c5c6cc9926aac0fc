// SPDX-License-Identifier: Apache-2.0

/** Marks that tests carry. Contracts and simulation have packages of their own below this one. */
@Export
@Version("1.0.0")
package org.dwcp.testkit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
