// SPDX-License-Identifier: Apache-2.0

/**
 * Nodes for tests without an orchestrator: a {@link org.dwcp.testkit.node.TestCluster} with real certificates, and on it
 * {@link org.dwcp.testkit.node.TestNode}s with identity, peers, clock and protocol handlers.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.node;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
