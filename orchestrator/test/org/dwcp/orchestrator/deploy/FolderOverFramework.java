// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.apache.felix.framework.FrameworkFactory;
import org.dwcp.orchestrator.shell.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** A deploy folder over a real framework. */
@Timeout(120)
abstract class FolderOverFramework {
    @TempDir
    Path home;
    Path folder;
    Framework framework;
    final ManualClock clock = new ManualClock();
    final List<String> released = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    long leases;
    DeployFolder deploy;

    @BeforeEach
    void start() throws Exception {
        folder = Files.createDirectories(home.resolve("deploy"));
        framework();
    }

    void framework() throws Exception {
        framework = new FrameworkFactory().newFramework(Map.of(Constants.FRAMEWORK_STORAGE, home.resolve("cache").toString(),
                "felix.log.level", "0"));
        framework.start();
        deploy = new DeployFolder(folder, new Installer(context()), new Traffic() {
            @Override
            public void release(String slot, String provider) {
                released.add(slot + " " + provider);
            }

            @Override
            public long leases(String slot, String provider) {
                return leases;
            }
        }, clock, Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    Path put(String name, byte[] bytes) throws IOException {
        var file = folder.resolve(name);
        var before = Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, FileTime.fromMillis(before + 1_000)); // As if a second had passed, without waiting for it.
        return file;
    }

    void scan(int times) throws IOException {
        for (var time = 0; time < times; time++) {
            deploy.scan();
        }
    }

    Plugin only() {
        assertThat(deploy.list()).hasSize(1);
        return deploy.list().getFirst();
    }

    List<String> bundles() {
        return Stream.of(context().getBundles()).filter(b -> b.getBundleId() != 0).map(b -> b.getSymbolicName() + " " + b.getVersion()).toList();
    }

    Bundle neighbour(TestJar jar) throws Exception {
        var bundle = context().installBundle("test:neighbour", new ByteArrayInputStream(jar.bytes()));
        bundle.start();
        return bundle;
    }
}
