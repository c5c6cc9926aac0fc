// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipException;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;

import org.dwcp.api.Swappable;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * What a jar says of itself, read without running anything of it.
 *
 * @param symbolicName of the bundle
 * @param version      of the bundle
 * @param hash         SHA-256 of the file, first 16 hexadecimal digits
 * @param providers    providers that its component descriptions declare
 */
record JarFacts(String symbolicName, Version version, String hash, List<Provider> providers) {
    /** Largest jar, in bytes. Source: chosen; a provider with a library inside is well below. */
    static final long JAR_BYTES_MAX = 256L << 20;
    private static final int DESCRIPTIONS_MAX = 64;
    private static final int HASH_DIGITS = 16;

    /**
     * A provider.
     *
     * @param slot name of the slot, empty text when the component does not say it
     * @param name name of the provider
     */
    record Provider(String slot, String name) {
        @Override
        public String toString() {
            return slot + " " + name;
        }
    }

    static JarFacts read(Path jar) throws Refused {
        try {
            if (Files.size(jar) > JAR_BYTES_MAX) {
                throw new Refused("jar of " + Files.size(jar) + " bytes exceeds " + JAR_BYTES_MAX + "; make it smaller");
            }
            try (var file = new JarFile(jar.toFile())) {
                var manifest = file.getManifest();
                if (manifest == null) {
                    throw new Refused("no META-INF/MANIFEST.MF: this is no bundle");
                }
                return facts(file, manifest.getMainAttributes(), hash(jar));
            }
        } catch (ZipException e) {
            throw new Refused("not a whole jar yet, or a damaged one: " + e.getMessage());
        } catch (IOException e) {
            throw new Refused("cannot be read: " + e.getMessage());
        }
    }

    private static JarFacts facts(JarFile file, Attributes manifest, String hash) throws IOException, Refused {
        var name = manifest.getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (!"2".equals(manifest.getValue(Constants.BUNDLE_MANIFESTVERSION)) || name == null) {
            throw new Refused("the manifest has no Bundle-ManifestVersion 2 and Bundle-SymbolicName: this is no bundle");
        }
        if (manifest.getValue(Constants.FRAGMENT_HOST) != null) {
            throw new Refused("a fragment would need a refresh of its host; deploy a bundle of its own");
        }
        return new JarFacts(name.split(";")[0].strip(), version(manifest.getValue(Constants.BUNDLE_VERSION)), hash,
                providers(file, manifest.getValue("Service-Component")));
    }

    private static Version version(String text) throws Refused {
        if (text == null) {
            throw new Refused("the manifest has no Bundle-Version: the same bundle could not be told from the next");
        }
        try {
            return Version.parseVersion(text);
        } catch (IllegalArgumentException e) {
            throw new Refused("Bundle-Version '" + text + "' is no version");
        }
    }

    private static List<Provider> providers(JarFile file, String components) throws IOException, Refused {
        var providers = new ArrayList<Provider>();
        if (components == null) {
            return providers;
        }
        var entries = file.stream().filter(entry -> entry.getName().startsWith("OSGI-INF/") && entry.getName().endsWith(".xml")).limit(DESCRIPTIONS_MAX).toList();
        for (var entry : entries) {
            try (var in = file.getInputStream(entry)) {
                var provider = provider(in);
                if (!provider.name().isEmpty()) {
                    providers.add(provider);
                }
            } catch (XMLStreamException e) {
                throw new Refused("component description " + entry.getName() + " is no XML: " + e.getMessage());
            }
        }
        return providers;
    }

    private static Provider provider(InputStream in) throws XMLStreamException {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        var reader = factory.createXMLStreamReader(in);
        var slot = "";
        var name = "";
        while (reader.hasNext()) {
            if (reader.next() == XMLStreamConstants.START_ELEMENT && reader.getLocalName().equals("property")) {
                var key = reader.getAttributeValue(null, "name");
                var value = reader.getAttributeValue(null, "value");
                slot = Swappable.SLOT_NAME.equals(key) && value != null ? value : slot;
                name = Swappable.PROVIDER.equals(key) && value != null ? value : name;
            }
        }
        return new Provider(slot, name);
    }

    private static String hash(Path jar) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(jar), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest()).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("no SHA-256 in this JDK", e);
        }
    }
}
