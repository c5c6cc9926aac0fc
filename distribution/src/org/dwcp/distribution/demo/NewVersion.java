// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Makes the next release of a provider bundle out of the present one: same code, new bundle version and new provider version. */
final class NewVersion {
    private NewVersion() {
    }

    static void of(Path jar, String oldVersion, String newVersion, Path target) throws IOException {
        try (JarFile source = new JarFile(jar.toFile())) {
            Manifest manifest = new Manifest(source.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", newVersion);
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(target), manifest)) {
                for (JarEntry entry : source.stream().filter(e -> !e.isDirectory() && !e.getName().equals(JarFile.MANIFEST_NAME)).toList()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    out.write(content(source, entry, oldVersion, newVersion));
                    out.closeEntry();
                }
            }
        }
    }

    private static byte[] content(JarFile source, JarEntry entry, String oldVersion, String newVersion) throws IOException {
        try (InputStream in = source.getInputStream(entry)) {
            byte[] bytes = in.readAllBytes();
            if (!entry.getName().startsWith("OSGI-INF/") || !entry.getName().endsWith(".xml")) {
                return bytes;
            }
            String component = new String(bytes, StandardCharsets.UTF_8);
            return component.replace("value=\"" + oldVersion + "\"", "value=\"" + newVersion + "\"").getBytes(StandardCharsets.UTF_8);
        }
    }
}
