// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Makes bundles. */
final class TestJar {
    private final Manifest manifest = new Manifest();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    /** A bundle that registers a provider. */
    static TestJar provider(String symbolicName, String version, String provider) {
        var jar = new TestJar().with("Manifest-Version", "1.0").with("Bundle-ManifestVersion", "2").with("Bundle-SymbolicName", symbolicName)
                .with("Bundle-Version", version).with("Bundle-Activator", TestProvider.class.getName()).with("Test-Provider", provider)
                .with("Import-Package", "org.osgi.framework");
        for (var type : new Class<?>[] {TestProvider.class, TestProvider.Work.class}) {
            jar.entries.put(type.getName().replace('.', '/') + ".class", bytes(type));
        }
        return jar;
    }

    private static byte[] bytes(Class<?> type) {
        try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    TestJar with(String header, String value) {
        if (value == null) {
            manifest.getMainAttributes().remove(new Attributes.Name(header));
        } else {
            manifest.getMainAttributes().putValue(header, value);
        }
        return this;
    }

    TestJar file(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    byte[] bytes() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var jar = new JarOutputStream(bytes, manifest)) {
            for (var entry : entries.entrySet()) {
                jar.putNextEntry(new JarEntry(entry.getKey()));
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}
