// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** transport.v1 over a real RDMA stack: Soft-RoCE in a guest, rsockets, files by the flow layer. What ran is printed. */
@Tag("system")
@Timeout(600)
class RdmaSystemTest {
    @Test
    @Requirement({"R-056", "R-077", "R-145", "R-154"})
    void filesGoOverRdmaAndFinishOverTcpWhenItBreaks() throws Exception {
        RdmaLab.run("rsockets");
    }
}
