// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of the consensus slot: {@link org.dwcp.testkit.consensus.ConsensusContract}, with keys and a machine for tests.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.consensus;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
