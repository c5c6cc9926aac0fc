// SPDX-License-Identifier: Apache-2.0
/**
 * The consensus slot, and replicated groups above it: state machines that every member of a group keeps the same, through crashes, lies and changes of the
 * protocol that orders their commands.
 *
 * <p>Two levels. Below, a {@link org.dwcp.api.consensus.Consensus} provider orders opaque entries for one epoch of one group. Above, the virtual log turns
 * commands into entries, keeps sessions so that each command takes effect exactly once, and chains epochs of different providers. Applications use
 * {@link org.dwcp.api.consensus.ConsensusGroups} only.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.consensus;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
