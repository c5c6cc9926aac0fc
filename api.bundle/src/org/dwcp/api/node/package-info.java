// SPDX-License-Identifier: Apache-2.0
/**
 * What a part needs of the node it runs on: identity, peers, clock, randomness, folders, executors. Never swapped.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.node;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
