// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * The framework properties of a node, from three sources. For each key the first that names it wins: option of the command line, environment
 * variable, {@code etc/node.properties}. What none of them names has the default of the part that reads it.
 *
 * <p>Variable {@code DWCP_PEER_PORT} is property {@code dwcp.peer.port}. Configurations of parts are properties too:
 * {@code dwcp.config.PID/key}, as a variable {@code DWCP_CONFIG_PID__KEY} with dots written as underscores.
 */
final class Settings {
    static final String FILE = "node.properties";
    static final String NAME = "dwcp.name";
    static final String PEER_PORT = "dwcp.peer.port";
    static final String PEER_HOST = "dwcp.peer.host";
    static final String CONFIG = "dwcp.config.";

    private static final String VARIABLE = "DWCP_";
    /** Variables of the launcher scripts, not of a node. */
    private static final Set<String> NO_PROPERTY = Set.of("DWCP_HOME", "DWCP_JAVA_OPTS", "DWCP_IMAGE");

    private final Map<String, String> values = new HashMap<>();

    /**
     * Merges the sources.
     *
     * @param options     from the command line
     * @param environment of the process
     * @param home        may hold {@code etc/node.properties}
     */
    Settings(Map<String, String> options, Map<String, String> environment, Path home) throws LaunchException {
        values.putAll(file(home.resolve("etc").resolve(FILE)));
        environment.forEach((name, value) -> {
            if (name.startsWith(VARIABLE) && !NO_PROPERTY.contains(name)) {
                values.put(property(name), value);
            }
        });
        values.putAll(options);
        checkPort();
    }

    /** {@code DWCP_CONFIG_ORG_DWCP_TRANSPORT_V3__PACE_MAX} is {@code dwcp.config.org.dwcp.transport.v3/pace.max}. */
    static String property(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace("__", "/").replace('_', '.');
    }

    Optional<String> find(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isBlank()).map(String::strip);
    }

    Map<String, String> all() {
        return Map.copyOf(values);
    }

    private void checkPort() throws LaunchException {
        var port = find(PEER_PORT).orElse("0");
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
            throw LaunchException.usage("port '%s' is not in 0..65535; 0 takes any that is free", port);
        }
    }

    private static Map<String, String> file(Path file) throws LaunchException {
        var values = new HashMap<String, String>();
        if (Files.exists(file)) {
            var properties = new Properties();
            try (var reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new LaunchException("file " + file + " cannot be read (" + e.getMessage() + "); correct or delete it", e);
            }
            properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        }
        return values;
    }
}
