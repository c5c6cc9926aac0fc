// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a node is started with. Immutable.
 *
 * @param image      where the bundles are
 * @param home       where the node lives
 * @param properties framework properties from the command line; they win over environment and file
 * @param environment variables of the process, or none
 * @param shuffle    seed of a random order of the bundles; empty for the usual order
 * @param shell      whether a person sits at this terminal
 * @param shared     bundles of the image that the class path has too, for tests that use a node's services in their own JVM
 */
record NodeOptions(Image image, Path home, Map<String, String> properties, Map<String, String> environment, OptionalLong shuffle, Shell shell,
        Set<String> shared) {
    static final String HOME_DEFAULT = "dwcp-home";

    /** Whether the interactive shell is part of the node. It stops the framework when its input ends. */
    enum Shell { INTERACTIVE, NONE }

    NodeOptions {
        properties = Map.copyOf(properties);
        environment = Map.copyOf(environment);
        shared = Set.copyOf(shared);
    }

    /**
     * Reads the options of a program that starts nodes in its own JVM.
     *
     * @param map {@code home}, and optionally {@code image}, {@code name}, {@code port}, {@code host}, {@code shuffle}, {@code shared} (symbolic
     *            names with commas between); any key with a dot is a framework property
     */
    static NodeOptions of(Map<String, String> map) throws LaunchException {
        var properties = new HashMap<String, String>();
        for (var entry : map.entrySet()) {
            if (entry.getKey().contains(".")) {
                properties.put(entry.getKey(), entry.getValue());
            } else if (!Set.of("home", "image", "name", "port", "host", "shuffle", "shared").contains(entry.getKey())) {
                throw LaunchException.usage("a node has no option '%s'", entry.getKey());
            }
        }
        putIfPresent(properties, Settings.NAME, map.get("name"));
        putIfPresent(properties, Settings.PEER_PORT, map.get("port"));
        putIfPresent(properties, Settings.PEER_HOST, map.get("host"));
        var shared = map.getOrDefault("shared", "");
        return new NodeOptions(map.containsKey("image") ? Image.of(Path.of(map.get("image"))) : Image.find(),
                Path.of(map.getOrDefault("home", HOME_DEFAULT)), properties, Map.of(), seed(map.get("shuffle")), Shell.NONE,
                shared.isEmpty() ? Set.of() : Set.of(shared.split(",")));
    }

    static OptionalLong seed(String text) throws LaunchException {
        try {
            return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw LaunchException.usage("seed '%s' is no whole number", text);
        }
    }

    /** A node's name from the machine's: its first label, without what a node's name cannot have. */
    static String defaultName() {
        try {
            var label = InetAddress.getLocalHost().getHostName().split("\\.")[0].toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-")
                    .replaceAll("^-+|-+$", "");
            return label.isEmpty() || label.length() > 63 ? "node" : label;
        } catch (UnknownHostException e) {
            return "node";
        }
    }

    private static void putIfPresent(Map<String, String> properties, String key, String value) {
        if (value != null) {
            properties.put(key, value);
        }
    }
}
