// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Stops the process's node in order when the process is told to end, at whatever moment: it is in place before the node starts, and a start under
 * way is given up between two bundles. A process that was stopped so ends with status 0 and not with that of the signal.
 */
final class Stopper {
    /** Source: chosen; one bundle may still be starting, then the framework has its own time to stop. */
    private static final long GIVE_UP_S = 10;

    private final CompletableFuture<Void> cancel = new CompletableFuture<>();
    private final CompletableFuture<Optional<Node>> started = new CompletableFuture<>();
    private final LogSetup log;

    private Stopper(LogSetup log) {
        this.log = log;
    }

    static Stopper install(LogSetup log) {
        var stopper = new Stopper(log);
        Runtime.getRuntime().addShutdownHook(new Thread(stopper::stop, "launcher.stop"));
        return stopper;
    }

    Node start(NodeOptions options) throws LaunchException, InterruptedException {
        try {
            var node = Node.start(options, cancel);
            started.complete(Optional.of(node));
            return node;
        } finally {
            started.complete(Optional.empty()); // without effect after a success
        }
    }

    private void stop() {
        try {
            var hasFailed = started.isDone() && started.get().isEmpty();
            cancel.complete(null);
            started.get(GIVE_UP_S, TimeUnit.SECONDS).ifPresent(Node::close);
            log.stop();
            if (!hasFailed) {
                Runtime.getRuntime().halt(0);
            }
        } catch (ExecutionException | TimeoutException e) {
            LogSetup.LOG.error("node did not give its start up within s={}", GIVE_UP_S, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
