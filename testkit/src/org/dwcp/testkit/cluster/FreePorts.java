// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for listeners that are started later. They lie below those that Linux gives to connections by itself (32768 to 60999, {@code
 * net.ipv4.ip_local_port_range}): a port from there may be some connection's own by the time it is listened on. Each process begins elsewhere and gives no
 * port twice. Thread-safe.
 */
public final class FreePorts {
    private static final int FIRST = 20_000;
    private static final int COUNT = 12_000;
    /** Ports that a process is likely to ask for. */
    private static final int STRIDE = 61;
    private static final AtomicInteger NEXT = new AtomicInteger((int) (ProcessHandle.current().pid() * STRIDE % COUNT));

    private FreePorts() {
    }

    /**
     * Gives a TCP port that nobody listens on, 20000 to 31999.
     *
     * @throws IOException none of them can be listened on
     */
    public static int next() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            try (var free = new ServerSocket(port)) {
                return free.getLocalPort();
            } catch (BindException taken) {
                continue; // by another process
            }
        }
        throw new IOException("each port from " + FIRST + " to " + (FIRST + COUNT - 1) + " is taken");
    }
}
