// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.launch.Framework;

/**
 * A running node: one framework with the bundles of an image, living in a home. What {@link #start} returns is ready; when it throws, nothing
 * of the node is left. Several nodes may run in one JVM, each with a home of its own.
 */
public final class Node implements AutoCloseable {
    /** Source: chosen; ten times what a start takes on two loaded cores. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    /** Source: chosen; each part stops within 2 s, and most stop at the same time. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    /** The component that opens the port for commands; an image without it is ready without it. */
    private static final String CONTROL_COMPONENT = ".ControlPort.xml";
    private static final String CONFIG_ADMIN = "org.apache.felix.configadmin";
    /** Config Admin, and what reads {@code etc}. */
    private static final List<String> CONFIGURATION = List.of(CONFIG_ADMIN, "org.apache.felix.fileinstall");
    /** The interactive shell and its terminal library. */
    private static final String SHELL = "org.apache.felix.gogo.jline";
    private static final String TERMINAL = "org.jline";

    private final Framework framework;
    private final Home home;
    private final String name;
    private final int peerPort;
    private final int controlPort;

    private Node(Framework framework, Home home) throws LaunchException {
        var context = framework.getBundleContext();
        this.framework = framework;
        this.home = home;
        this.name = Readiness.property(context, Readiness.PEER_PORT, Settings.NAME, String.class).orElse("");
        this.peerPort = Readiness.property(context, Readiness.PEER_PORT, Readiness.PEER_PORT, Integer.class).orElse(0);
        this.controlPort = Readiness.property(context, Readiness.CONTROL_PORT, Readiness.CONTROL_PORT, Integer.class).orElse(0);
        home.publish(name, controlPort, peerPort);
    }

    /**
     * Starts a node in this JVM.
     *
     * @param options {@code home}, and optionally {@code image}, {@code name}, {@code port}, {@code host}, {@code shuffle}, {@code shared}; any key
     *                with a dot is a framework property
     * @return a node that is ready; close it
     * @throws LaunchException      says in one line why it cannot run
     * @throws InterruptedException when the thread is interrupted; nothing is left running
     */
    public static Node start(Map<String, String> options) throws LaunchException, InterruptedException {
        return start(NodeOptions.of(options), new CompletableFuture<>());
    }

    /** Starts a node unless {@code cancel} completes first. */
    static Node start(NodeOptions options, CompletableFuture<Void> cancel) throws LaunchException, InterruptedException {
        var home = Home.open(options.home());
        try {
            home.fillEtc(options.image().etc());
            home.warnOfMisnamedFiles();
            return start(options, home, cancel);
        } catch (LaunchException | InterruptedException | RuntimeException e) {
            home.close();
            throw e;
        }
    }

    private static Node start(NodeOptions options, Home home, CompletableFuture<Void> cancel) throws LaunchException, InterruptedException {
        var settings = new Settings(options.properties(), options.environment(), home.root());
        Framework framework = null;
        try {
            framework = new FrameworkFactory().newFramework(properties(options, home, settings));
            framework.init();
            try (var readiness = new Readiness(framework.getBundleContext(), required(options.image()), cancel)) {
                startBundles(framework, options, new Overrides(settings.all()), readiness);
                readiness.await(START_TIMEOUT);
            }
            return new Node(framework, home);
        } catch (BundleException | InvalidSyntaxException | IOException e) {
            stop(framework);
            throw new LaunchException("the node cannot start: " + e.getMessage(), e);
        } catch (LaunchException | InterruptedException | RuntimeException e) {
            stop(framework);
            throw e;
        }
    }

    /** What the node must offer before it is called ready. */
    private static List<String> required(Image image) throws IOException {
        var filters = new ArrayList<>(List.of("(" + Readiness.PEER_PORT + "=*)"));
        if (image.bundles().stream().anyMatch(jar -> jar.components().contains(CONTROL_COMPONENT))) {
            filters.add("(" + Readiness.CONTROL_PORT + "=*)");
        }
        return filters;
    }

    /**
     * All bundles are at one start level and their order does not matter: what needs another waits for its services. Configuration goes first
     * all the same, because a part that finds its own when it starts is not configured twice.
     */
    private static void startBundles(Framework framework, NodeOptions options, Overrides overrides, Readiness readiness)
            throws BundleException, IOException, LaunchException {
        var jars = new ArrayList<Image.Jar>(options.image().bundles());
        jars.removeIf(jar -> options.shared().contains(jar.symbolicName())
                || options.shell() == NodeOptions.Shell.NONE && List.of(SHELL, TERMINAL).contains(jar.symbolicName()));
        jars.sort(Comparator.comparing(jar -> !CONFIGURATION.contains(jar.symbolicName())));
        options.shuffle().ifPresent(seed -> Collections.shuffle(jars, new Random(seed)));
        var installed = new ArrayList<Bundle>();
        for (var jar : jars) {
            // By reference: the framework reads the image's jar and does not copy it.
            var bundle = framework.getBundleContext().installBundle("reference:" + jar.file().toUri());
            if (!jar.isFragment() && !jar.symbolicName().equals(SHELL)) {
                installed.add(bundle);
            }
        }
        framework.start();
        for (var bundle : installed) {
            bundle.start();
            if (bundle.getSymbolicName().equals(CONFIG_ADMIN)) {
                overrides.apply(framework.getBundleContext());
            }
            readiness.check();
        }
    }

    private static Map<String, Object> properties(NodeOptions options, Home home, Settings settings) throws IOException {
        var properties = new HashMap<String, Object>(settings.all());
        properties.putIfAbsent(Settings.NAME, "");
        properties.put("dwcp.home", home.root().toString());
        properties.put(Constants.FRAMEWORK_STORAGE, home.data("cache").toString());
        properties.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, options.image().sharedPackages(options.shared()));
        properties.put("gosh.home", home.root().toString()); // the interactive shell reads etc/gosh_profile below it
        properties.put("felix.bootdelegation.implicit", "false");
        // The JDK writes a reference to the first package into every event class of a library, when the class is loaded; Netty's epoll looks a class
        // of the second up by name.
        properties.put(Constants.FRAMEWORK_BOOTDELEGATION, "jdk.jfr.internal.event,sun.nio.ch");
        properties.put("felix.resolver.parallelism", "1"); // its threads would outlive the framework by a minute
        properties.put("felix.log.logger", new FrameworkLog());
        properties.put("felix.cm.dir", home.data("config").toString());
        properties.put("felix.fileinstall.dir", home.etc().toString());
        properties.put("felix.fileinstall.filter", "[^~]*\\.cfg");
        properties.put("felix.fileinstall.poll", "1000");
        properties.put("felix.fileinstall.noInitialDelay", "true");
        properties.put("felix.fileinstall.enableConfigSave", "false");
        properties.put("felix.fileinstall.configEncoding", "UTF-8");
        properties.put("felix.fileinstall.subdir.mode", "skip"); // tls
        properties.put("felix.fileinstall.tmpdir", home.data("fileinstall").toString());
        return properties;
    }

    /**
     * Gives the framework, for who wants its services.
     *
     * @return the running framework
     */
    public Framework framework() {
        return framework;
    }

    /**
     * Gives the node's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Gives the home.
     *
     * @return an absolute path
     */
    public Path home() {
        return home.root();
    }

    /**
     * Gives the port for other nodes.
     *
     * @return 1 to 65535
     */
    public int peerPort() {
        return peerPort;
    }

    /**
     * Gives the loopback port for commands.
     *
     * @return 1 to 65535, or 0 when the image has no shell
     */
    public int controlPort() {
        return controlPort;
    }

    /**
     * Starts the interactive shell, where the node was started with one: last, so that its prompt comes after all else. JLine looks for its
     * terminals through the context class loader; without one of its own it would find none and offer a dumb one.
     */
    void startShell() throws LaunchException {
        var bundles = framework.getBundleContext().getBundles();
        var shell = Arrays.stream(bundles).filter(bundle -> SHELL.equals(bundle.getSymbolicName())).findFirst();
        var terminal = Arrays.stream(bundles).filter(bundle -> TERMINAL.equals(bundle.getSymbolicName())).findFirst();
        if (shell.isEmpty() || terminal.isEmpty()) {
            return;
        }
        var thread = Thread.currentThread();
        var before = thread.getContextClassLoader();
        try {
            thread.setContextClassLoader(terminal.get().loadClass("org.jline.terminal.Terminal").getClassLoader());
            shell.get().start();
        } catch (ClassNotFoundException | BundleException e) {
            throw new LaunchException("the interactive shell cannot start (" + e.getMessage() + "); use --no-shell", e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    void waitForStop() throws InterruptedException {
        framework.waitForStop(0);
    }

    /** Stops the node and gives its home back. Works twice. */
    @Override
    public void close() {
        stop(framework);
        home.close();
    }

    private static void stop(Framework framework) {
        if (framework == null) {
            return;
        }
        try {
            framework.stop();
            var event = framework.waitForStop(STOP_TIMEOUT.toMillis());
            if (event.getType() == FrameworkEvent.WAIT_TIMEDOUT) {
                LogSetup.LOG.error("node stop.survivors the framework did not stop within s={}", STOP_TIMEOUT.toSeconds());
            }
        } catch (BundleException e) {
            LogSetup.LOG.error("node the framework did not stop", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
