// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A node as a framework in this JVM, started by the image's own launcher. The API's classes are the test's, so a test calls the node's services
 * as its bundles do.
 */
public final class InJvmNode implements AutoCloseable {
    private static final Duration SERVICE_MAX = Duration.ofSeconds(30);

    private final AutoCloseable node;

    private InJvmNode(AutoCloseable node) {
        this.node = node;
    }

    /**
     * Starts a node.
     *
     * @param loader  of the launcher; the caller closes it after its nodes
     * @param type    name of the launcher's class
     * @param options as its method {@code start} takes them
     * @return a node that is ready
     */
    static InJvmNode start(ClassLoader loader, String type, Map<String, String> options) {
        try {
            return new InJvmNode((AutoCloseable) loader.loadClass(type).getMethod("start", Map.class).invoke(null, options));
        } catch (ReflectiveOperationException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("node " + options + " cannot start: " + cause.getMessage(), cause);
        }
    }

    /** Gives the node's name. */
    public String name() {
        return (String) get("name");
    }

    /** Gives its home. */
    public Path home() {
        return (Path) get("home");
    }

    /** Gives the port for other nodes. */
    public int peerPort() {
        return (int) get("peerPort");
    }

    /** Gives the loopback port for commands, 0 when the image has no shell. */
    public int controlPort() {
        return (int) get("controlPort");
    }

    /** Gives the context of the system bundle. */
    public BundleContext context() {
        return ((Framework) get("framework")).getBundleContext();
    }

    /**
     * Gives a service, waiting for it.
     *
     * @param type the service's interface, from the API
     * @param <T>  the service's interface
     * @return the service with the highest ranking
     * @throws IllegalStateException when it does not come within 30 s
     */
    public <T> T service(Class<T> type) {
        var tracker = new ServiceTracker<T, T>(context(), type, null);
        tracker.open(true); // the caller's class path may hold classes of the node's bundles too, and the framework would then hide their services
        try {
            return Optional.ofNullable(tracker.waitForService(SERVICE_MAX.toMillis()))
                    .orElseThrow(() -> new IllegalStateException("node " + name() + " has no service " + type.getName()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            tracker.close();
        }
    }

    private Object get(String method) {
        try {
            return node.getClass().getMethod(method).invoke(node);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the image's launcher has no " + method + "; build it again", e);
        }
    }

    /** Stops the node. Works twice. */
    @Override
    public void close() {
        try {
            node.close();
        } catch (Exception e) {
            throw new IllegalStateException("node did not stop", e);
        }
    }
}
