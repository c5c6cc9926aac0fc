// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;

/**
 * What a change of one bundle must leave as it was: every other bundle with its wiring and its services (a component that is activated anew
 * registers its service under a new id), the process' threads and its open files.
 */
final class Surroundings {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    private Surroundings() {
    }

    /** One line a bundle: when it changed last, its state, the identity of its wiring, the ids of its services. */
    static Map<String, String> bundlesWithout(BundleContext context, Bundle... left) {
        var lines = new TreeMap<String, String>();
        for (Bundle bundle : context.getBundles()) {
            if (Arrays.stream(left).noneMatch(one -> one.getSymbolicName().equals(bundle.getSymbolicName()))) {
                lines.put(bundle.getSymbolicName(), "modified " + bundle.getLastModified() + " state " + bundle.getState() + " wiring "
                        + System.identityHashCode(bundle.adapt(BundleWiring.class)) + " services " + services(bundle));
            }
        }
        return lines;
    }

    /** How many threads there are of each name, with numbers taken out of the names; without those of the one who asks. */
    static Map<String, Integer> threads() {
        var names = new TreeMap<String, Integer>();
        Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.isAlive() && !thread.getName().startsWith("awaitility"))
                .forEach(thread -> names.merge(thread.getName().replaceAll("[0-9]+", "N"), 1, Integer::sum));
        return names;
    }

    /** Open files and sockets; 0 where the system does not tell. */
    static long openFiles() {
        if (!Files.isDirectory(OPEN_FILES)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(OPEN_FILES)) {
            return files.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String services(Bundle bundle) {
        ServiceReference<?>[] registered = bundle.getRegisteredServices();
        return registered == null ? "" : Stream.of(registered).map(service -> String.valueOf(service.getProperty(Constants.SERVICE_ID))).sorted().toList().toString();
    }
}
