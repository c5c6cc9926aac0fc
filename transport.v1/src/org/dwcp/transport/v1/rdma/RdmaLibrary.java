// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.util.List;
import java.util.function.IntConsumer;

/**
 * A library that moves bytes by RDMA: what it finds on this machine, and sockets made by it. The kernel's own sockets can stand in for it in a
 * test. Thread-safe.
 */
public interface RdmaLibrary {
    /**
     * Gives its name, as peers and operators see it: two nodes can talk only through the same one.
     *
     * @return for example {@code rsockets}
     */
    String name();

    /**
     * Looks for devices, through the library itself.
     *
     * @return their names, possibly none
     * @throws IllegalStateException when the library cannot be asked
     */
    List<String> devices();

    /**
     * Closes sockets on whatever thread. May wait for the peer's acknowledgements, up to half a minute when it is gone.
     *
     * @return takes a socket
     */
    IntConsumer closing();

    /**
     * Opens what one thread needs to work with sockets.
     *
     * @return used and closed by that thread only
     */
    RdmaSockets open();
}
