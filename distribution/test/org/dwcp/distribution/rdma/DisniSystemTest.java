// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.v1.disni.DisniLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same as {@link RdmaSystemTest} over DiSNI. Its native half is in no registry: who has built it installs it or puts its folder into
 * {@code LD_LIBRARY_PATH}; elsewhere this is skipped with the reason.
 */
@Tag("system")
@Timeout(600)
class DisniSystemTest {
    @Test
    @Requirement({"R-056", "R-057"})
    void filesGoOverDisniAndFinishOverTcpWhenItBreaks() throws Exception {
        DisniLoader.absent().ifPresent(why -> assumeTrue(false, "SKIPPED: " + why));

        RdmaLab.run("disni");
    }
}
