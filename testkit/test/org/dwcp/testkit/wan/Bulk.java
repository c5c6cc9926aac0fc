// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.dwcp.testkit.wan.WanLink.End;

/** A plain TCP connection from A to B that always has something to send. */
final class Bulk implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ServerSocket server;
    private final Socket sender;
    private final Socket receiver;
    private final AtomicLong received = new AtomicLong();

    Bulk(WanLink link) throws IOException {
        server = link.inside(End.B, () -> new ServerSocket(0));
        sender = link.inside(End.A, () -> new Socket(link.address(End.B), server.getLocalPort()));
        receiver = server.accept();
        start(sender, socket -> socket.getOutputStream().write(new byte[64 << 10]));
        start(receiver, socket -> {
            var count = socket.getInputStream().read(new byte[256 << 10]);
            if (count < 0) {
                socket.close();
            }
            received.addAndGet(count);
        });
    }

    private interface Step {
        void go(Socket socket) throws IOException;
    }

    private static void start(Socket socket, Step step) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (!socket.isClosed()) {
                    step.go(socket);
                }
            } catch (IOException closed) {
                // By the test, at its end.
            }
        });
    }

    long received() {
        return received.get();
    }

    void awaitReceived(long bytes) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> received() >= bytes);
    }

    @Override
    public void close() throws IOException {
        sender.close();
        receiver.close();
        server.close();
    }
}
