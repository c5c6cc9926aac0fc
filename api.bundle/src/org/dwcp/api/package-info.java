// SPDX-License-Identifier: Apache-2.0
/**
 * What every slot shares: node names, the contract of a swappable provider, errors with a kind, argument checks.
 */
@Export
@Version("1.0.0")
package org.dwcp.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
