// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;

/**
 * Runs the orchestrator's own enrolment, so that keys are made in one place. It and its certificate library are bundles of the image, not on
 * the class path; for these short commands they get a class loader of their own instead of a framework.
 */
final class Enrolling implements AutoCloseable {
    private static final String CLASS = "org.dwcp.orchestrator.node.identity.Enrolment";

    private final URLClassLoader loader;

    Enrolling(Image image) throws LaunchException {
        try {
            var jars = new ArrayList<URL>();
            for (var jar : image.bundles()) {
                jars.add(jar.file().toUri().toURL());
            }
            loader = new URLClassLoader("enrolment", jars.toArray(URL[]::new), Enrolling.class.getClassLoader());
        } catch (IOException e) {
            throw new LaunchException("image " + image.root() + " cannot be read (" + e + ")", e);
        }
    }

    String init(Path home, String name) throws LaunchException {
        return call("init", new Class<?>[] {Path.class, String.class, Instant.class}, home, name, Instant.now());
    }

    String enroll(Path home, String name, Path out) throws LaunchException {
        return call("enroll", new Class<?>[] {Path.class, String.class, Path.class, Instant.class}, home, name, out, Instant.now());
    }

    String join(Path home, Path from) throws LaunchException {
        return call("join", new Class<?>[] {Path.class, Path.class, Instant.class}, home, from, Instant.now());
    }

    private String call(String method, Class<?>[] types, Object... arguments) throws LaunchException {
        try {
            return (String) loader.loadClass(CLASS).getMethod(method, types).invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw new LaunchException(e.getCause().getMessage(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new LaunchException("the image has no enrolment (" + e + "); build it again", e);
        }
    }

    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            // Jars that were only read need no care.
        }
    }
}
