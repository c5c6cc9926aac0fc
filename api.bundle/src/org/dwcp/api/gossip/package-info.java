// SPDX-License-Identifier: Apache-2.0
/**
 * Small signed values that each node tells all others, eventually: addresses, snapshots of flags. Nothing that must be agreed upon: who is a member of a consensus
 * group comes from its ordered log alone.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.gossip;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
