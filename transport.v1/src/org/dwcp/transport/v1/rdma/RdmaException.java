// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;

/** An RDMA library refused a call. Never leaves the bundle: the lanes turn it into text. */
final class RdmaException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int ENOMEM = 12;
    private static final int ENODEV = 19;

    RdmaException(String message) {
        super(message);
    }

    /** A call that failed with a number of the C library. */
    static RdmaException of(String call, int errno) {
        return new RdmaException(call + " failed with errno " + errno + switch (errno) {
            case ENOMEM -> ": the limit of locked memory is too low; set 'ulimit -l unlimited' or LimitMEMLOCK=infinity";
            case ENODEV -> ": no RDMA device has that address";
            case 13 -> ": /dev/infiniband cannot be opened; give the node's user the right to";
            case 110 -> ": the peer did not answer over RDMA";
            case 111 -> ": the peer does not accept RDMA there";
            case 104, 107, 5 -> ": the RDMA connection broke";
            default -> "";
        });
    }
}
