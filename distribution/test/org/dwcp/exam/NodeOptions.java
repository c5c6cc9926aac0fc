// SPDX-License-Identifier: Apache-2.0
package org.dwcp.exam;

import static org.ops4j.pax.exam.CoreOptions.bootDelegationPackages;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.Constants;

/** The bundles of the image, for a framework that Pax Exam starts. */
final class NodeOptions {
    private static final Path IMAGE = Path.of(System.getProperty("dwcp.root"), "distribution", "target", "dwcp");
    /** Left out: it stops the framework when its input ends. */
    private static final List<String> SHELL = List.of("org.apache.felix.gogo.jline.jar", "org.jline.jar");

    /** What the launcher offers from its class path; here it comes from the tests' class path. */
    private static final String[] LOGGING = {"org.slf4j;version=2.0.20", "org.slf4j.event;version=2.0.20",
        "org.slf4j.helpers;version=2.0.20", "org.slf4j.spi;version=2.0.20"};

    private NodeOptions() {
    }

    /** JUnit for the probe, and everything in {@code system/}. */
    static Option node() {
        try (var jars = Files.list(IMAGE.resolve("system"))) {
            var bundles = jars.filter(jar -> !SHELL.contains(jar.getFileName().toString()))
                    .sorted()
                    .map(NodeOptions::option)
                    .toArray(Option[]::new);
            return composite(junitBundles(), systemPackages(LOGGING), bootDelegationPackages("jdk.jfr.internal.event", "sun.nio.ch"),
                    frameworkProperty("dwcp.home").value(IMAGE.resolveSibling("exam-home").toString()), frameworkProperty("dwcp.name").value("exam"),
                    frameworkProperty("dwcp.peer.host").value("127.0.0.1"), frameworkProperty("dwcp.peer.port").value("0"), composite(bundles));
        } catch (IOException e) {
            throw new UncheckedIOException("no image at " + IMAGE + "; ./dwcp build makes it", e);
        }
    }

    /** Pax Exam starts what it installs, unless it is told not to; a fragment cannot be started. */
    private static Option option(Path jar) {
        try (var file = new JarFile(jar.toFile())) {
            var option = bundle(jar.toUri().toString());
            return file.getManifest().getMainAttributes().getValue(Constants.FRAGMENT_HOST) == null ? option : option.noStart();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
