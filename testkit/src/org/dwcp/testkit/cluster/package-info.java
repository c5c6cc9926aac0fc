// SPDX-License-Identifier: Apache-2.0

/**
 * Nodes for tests, from the image that a build lays out: as processes ({@link org.dwcp.testkit.cluster.NodeProcess}, what a user has: can be
 * killed) or as frameworks in the test's own JVM ({@link org.dwcp.testkit.cluster.InJvmCluster}: quick, and their services can be called).
 * The image is named by the system property {@code dwcp.image}; in this workspace it is found by itself.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.cluster;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
