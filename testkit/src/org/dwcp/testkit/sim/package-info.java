// SPDX-License-Identifier: Apache-2.0

/**
 * A seeded, deterministic simulator for pure protocol cores: network, disks, clocks, crashes and partitions of a whole cluster in one thread and
 * on virtual time. The same seed gives the same run, so a failure is its seed. {@link org.dwcp.testkit.sim.Sometimes} properties prove that
 * the runs get to the places they are meant for, and {@link org.dwcp.testkit.sim.Linearizability} judges what clients saw.
 *
 * <p>Ideas from FoundationDB's simulation and TigerBeetle's VOPR.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.sim;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
