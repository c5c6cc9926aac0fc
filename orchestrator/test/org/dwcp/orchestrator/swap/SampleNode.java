// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

import org.apache.felix.framework.FrameworkFactory;
import org.dwcp.orchestrator.sample.Sample;
import org.dwcp.orchestrator.sampleprovider.SampleComponent;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.dwcp.orchestrator.TestPath;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

/**
 * The orchestrator's bundle in a framework with Declarative Services and Config Admin, and provider bundles made on the spot. Libraries and API
 * come from the test's class path through the system bundle, so the test can talk to the services.
 */
final class SampleNode implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path home;
    private final Framework framework;
    final BundleContext context;
    final Bundle orchestrator;

    SampleNode(Path home) throws IOException, BundleException {
        this.home = home;
        List<File> bundles = TestPath.bundles();
        Map<String, String> properties = new TreeMap<>();
        properties.put(Constants.FRAMEWORK_STORAGE, home.resolve("cache").toString());
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, TestPath.exportsFor(bundles, Sample.class.getPackageName()));
        properties.put("felix.cm.dir", home.resolve("config").toString());
        properties.put("dwcp.home", home.toString());
        properties.put("dwcp.name", "lisbon");
        properties.put("dwcp.peer.host", "127.0.0.1");
        properties.put("dwcp.peer.port", "0");
        framework = new FrameworkFactory().newFramework(properties);
        framework.start();
        context = framework.getBundleContext();
        for (File service : bundles.subList(1, bundles.size())) {
            context.installBundle(service.toURI().toString()).start();
        }
        orchestrator = context.installBundle(bundles.getFirst().toURI().toString());
        orchestrator.start();
    }

    /**
     * Installs and starts a bundle with one component that provides the slot {@code sample}, configured under its own PID. It uses routes
     * itself, as a consensus on a transport does.
     */
    Bundle provider(String name, String generation) throws IOException, BundleException {
        String component = """
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.5.0" name="%1$s.component" configuration-pid="%1$s"
                    activate="activate" modified="modified">
                  <implementation class="%2$s"/>
                  <service><provide interface="%3$s"/></service>
                  <reference name="adapter" interface="org.dwcp.api.hybrid.ModeAwareAdapter" bind="bindAdapter"/>
                  <property name="dwcp.slot" value="sample"/>
                  <property name="dwcp.provider" value="%1$s"/>
                  <property name="dwcp.version" value="1.0.0"/>
                  <property name="dwcp.modes">%4$s</property>
                </scr:component>
                """.formatted(name, SampleComponent.class.getName(), Sample.class.getName(), generation);
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.putValue("Manifest-Version", "1.0");
        headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.putValue(Constants.BUNDLE_SYMBOLICNAME, name);
        headers.putValue(Constants.IMPORT_PACKAGE, Sample.class.getPackageName() + ",org.dwcp.api.hybrid");
        headers.putValue("Service-Component", "OSGI-INF/component.xml");
        String classFile = SampleComponent.class.getName().replace('.', '/') + ".class";
        Path jar = Files.createDirectories(home.resolve("bundles")).resolve(name + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream code = SampleComponent.class.getClassLoader().getResourceAsStream(classFile)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Objects.requireNonNull(code).transferTo(bytes);
            put(out, classFile, bytes.toByteArray());
            put(out, "OSGI-INF/component.xml", component.getBytes(StandardCharsets.UTF_8));
        }
        Bundle bundle = context.installBundle(jar.toUri().toString());
        bundle.start();
        return bundle;
    }

    private static void put(JarOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(bytes);
        out.closeEntry();
    }

    /** By name, without the framework's test of assignability: the bundle's internal types are on the test's class path, too. */
    <T> T service(Class<T> type) {
        return type.cast(await().atMost(PATIENCE).until(() -> {
            ServiceReference<?>[] references = context.getAllServiceReferences(type.getName(), null);
            return references == null ? null : context.getService(references[0]);
        }, Objects::nonNull));
    }

    @Override
    public void close() throws BundleException {
        framework.stop();
        try {
            framework.waitForStop(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
