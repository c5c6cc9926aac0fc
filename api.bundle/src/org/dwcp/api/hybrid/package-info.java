// SPDX-License-Identifier: Apache-2.0
/**
 * Deciding and routing: which provider of a slot gets the next piece of work, why, and how an operator changes it.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.hybrid;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
