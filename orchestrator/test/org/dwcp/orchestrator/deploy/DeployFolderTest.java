// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.BundleWiring;

/** What comes into the deploy folder. */
class DeployFolderTest extends FolderOverFramework {
    @Test
    void startsAProviderBesideWhatRunsAndTouchesNothingElse() throws Exception {
        var neighbour = neighbour(TestJar.provider("org.dwcp.transport.v3", "3.0.0", "transport.v3"));
        var modified = neighbour.getLastModified();
        var wiring = neighbour.adapt(BundleWiring.class);
        context().addBundleListener(event -> {
            if (event.getBundle().equals(neighbour)) {
                events.add("bundle event " + event.getType());
            }
        });
        context().addFrameworkListener(event -> {
            if (event.getType() == FrameworkEvent.ERROR) { // A refresh event comes: Felix drops the uninstalled bundle's own wiring.
                events.add("framework error " + event.getThrowable());
            }
        });

        var jar = put("plain.jar", TestJar.provider("com.example.plain", "3.1.0", "transport.plain").bytes());
        scan(2);
        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
        assertThat(only().providers()).containsExactly("transport transport.plain");
        Files.delete(jar);
        scan(1);

        assertThat(deploy.list()).isEmpty();
        assertThat(bundles()).containsExactly("org.dwcp.transport.v3 3.0.0");
        assertThat(events).isEmpty();
        assertThat(neighbour.getLastModified()).isEqualTo(modified);
        assertThat(neighbour.adapt(BundleWiring.class)).isSameAs(wiring);
        assertThat(neighbour.getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void givesAProviderNoShareOfItsOwn() throws Exception {
        put("plain.jar", TestJar.provider("com.example.plain", "3.1.0", "transport.plain").bytes());
        scan(2);

        var reference = context().getServiceReference(Runnable.class);
        assertThat(reference.getProperty("dwcp.share")).isNull();
        assertThat(reference.getProperty(Constants.SERVICE_RANKING)).isNull();
        assertThat(released).isEmpty();
    }

    @Test
    void waitsUntilTheFileStopsChanging() throws Exception {
        var bytes = TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes();

        for (var part = 1; part <= 5; part++) {
            put("plain.jar", Arrays.copyOf(bytes, bytes.length * part / 5));
            scan(1);
            assertThat(only().state()).isEqualTo(Plugin.State.COPYING);
            assertThat(bundles()).isEmpty();
        }

        scan(1);
        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
    }

    @Test
    void refusesAHalfCopiedJarUntilItIsWhole() throws Exception {
        var bytes = TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes();
        put("plain.jar", Arrays.copyOf(bytes, bytes.length / 2));
        scan(3);
        assertThat(only().state()).isEqualTo(Plugin.State.REFUSED);
        assertThat(only().note()).startsWith("not a whole jar yet");
        assertThat(bundles()).isEmpty();

        put("plain.jar", bytes);
        scan(2);

        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
    }

    @Test
    void ignoresWhatIsNoJar() throws Exception {
        put("plain.jar.part", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        put("README.txt", new byte[] {1});
        scan(3);

        assertThat(deploy.list()).isEmpty();
    }

    private String refusal(TestJar jar) throws IOException {
        return refusal(jar.bytes());
    }

    private String refusal(byte[] jar) throws IOException {
        put("bad.jar", jar);
        scan(2);
        assertThat(only().state()).isEqualTo(Plugin.State.REFUSED);
        assertThat(only().note()).doesNotContain("\n").hasSizeLessThan(420);
        return only().note();
    }

    @Test
    void refusesWhatIsNoBundleAndSaysWhy() throws Exception {
        var good = TestJar.provider("com.example.plain", "1.0.0", "transport.plain");
        assertThat(refusal(new byte[1_000])).startsWith("not a whole jar yet, or a damaged one");
        assertThat(refusal(good.with("Bundle-SymbolicName", null))).contains("this is no bundle");
        assertThat(refusal(good.with("Bundle-SymbolicName", "com.example.plain").with("Bundle-Version", null))).contains("no Bundle-Version");
        assertThat(refusal(good.with("Bundle-Version", "one"))).isEqualTo("Bundle-Version 'one' is no version");
        assertThat(refusal(good.with("Bundle-Version", "1.0.0").with("Fragment-Host", "org.dwcp.api"))).startsWith("a fragment would need a refresh");
        assertThat(bundles()).isEmpty();
    }

    @Test
    void refusesADamagedJar() throws Exception {
        var bytes = TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes();
        Arrays.fill(bytes, bytes.length - 200, bytes.length - 30, (byte) 7);

        refusal(bytes);

        assertThat(bundles()).isEmpty();
    }

    @Test
    void saysInOneLineWhichPackageIsMissing() throws Exception {
        var jar = TestJar.provider("com.example.plain", "1.0.0", "transport.plain");

        assertThat(refusal(jar.with("Import-Package", "org.osgi.framework,com.example.lib;version=\"[1.2,2)\"")))
                .isEqualTo("needs package com.example.lib [1.2.0,2.0.0), which no bundle offers");
        assertThat(bundles()).isEmpty();
    }

    @Test
    void namesTheNearestVersionThereIs() throws Exception {
        var jar = TestJar.provider("com.example.plain", "1.0.0", "transport.plain");

        assertThat(refusal(jar.with("Import-Package", "org.osgi.framework;version=\"[9.0,10)\"")))
                .matches("needs package org.osgi.framework \\[9\\.0\\.0,10\\.0\\.0\\); there is 1\\.\\d+\\.\\d+ of org\\.apache\\.felix\\.framework");
    }

    @Test
    void saysWhichJavaIsMissing() throws Exception {
        var jar = TestJar.provider("com.example.plain", "1.0.0", "transport.plain");

        assertThat(refusal(jar.with("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=99))\"")))
                .startsWith("needs Java JavaSE 99");
    }

    @Test
    void takesARefusedBundleWhenWhatItMissedHasCome() throws Exception {
        put("a.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain")
                .with("Import-Package", "org.osgi.framework,com.example.lib").bytes());
        scan(2);
        assertThat(only().state()).isEqualTo(Plugin.State.REFUSED);

        put("lib.jar", TestJar.provider("com.example.lib", "1.0.0", "transport.lib").with("Export-Package", "com.example.lib")
                .file("com/example/lib/x.txt", "").bytes());
        scan(3);

        assertThat(deploy.list()).extracting(Plugin::state).containsOnly(Plugin.State.ACTIVE);
    }

    @Test
    void takesTheSecondOfANameWhenTheFirstIsGone() throws Exception {
        var first = put("a.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        put("b.jar", TestJar.provider("com.example.plain", "1.1.0", "transport.plain").bytes());
        scan(2);
        assertThat(deploy.list()).extracting(Plugin::state).containsExactly(Plugin.State.ACTIVE, Plugin.State.REFUSED);

        Files.delete(first);
        scan(2);

        assertThat(bundles()).containsExactly("com.example.plain 1.1.0");
    }

    @Test
    void refusesABundleWhoseStartFailsAndLeavesNothingBehind() throws Exception {
        assertThat(refusal(TestJar.provider("com.example.plain", "1.0.0", "transport.plain").with("Test-Fails", "true")))
                .isEqualTo("does not start: window.bytes.max 7 is not in 65536..1073741824");
        assertThat(bundles()).isEmpty();
    }

    @Test
    void refusesTheSameBundleTwice() throws Exception {
        put("a.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        put("b.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.other").bytes());
        scan(2);

        assertThat(deploy.list()).extracting(Plugin::state).containsExactly(Plugin.State.ACTIVE, Plugin.State.REFUSED);
        assertThat(deploy.list().getLast().note()).matches("com\\.example\\.plain 1\\.0\\.0 is installed already as bundle \\d+; give this one another Bundle-Version");
    }

    @Test
    void refusesAProviderNameThatIsTaken() throws Exception {
        neighbour(TestJar.provider("org.dwcp.transport.v3", "3.0.0", "transport.v3"));

        assertThat(refusal(TestJar.provider("org.dwcp.transport.v3", "3.1.0", "transport.v3"))).isEqualTo(
                "provider transport.v3 is there already, from bundle org.dwcp.transport.v3 3.0.0; give this one another dwcp.provider");
        assertThat(bundles()).containsExactly("org.dwcp.transport.v3 3.0.0");
    }

    @Test
    void refusesATakenProviderNameBeforeAnythingOfItRuns() throws Exception {
        neighbour(TestJar.provider("org.dwcp.transport.v3", "3.0.0", "transport.v3"));
        var jar = TestJar.provider("org.dwcp.transport.v3", "3.1.0", "transport.v3").with("Test-Fails", "if it were started")
                .with("Service-Component", "OSGI-INF/x.xml").file("OSGI-INF/x.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.5.0" name="x">
                          <property name="dwcp.slot" type="String" value="transport"/>
                          <property name="dwcp.provider" type="String" value="transport.v3"/>
                        </scr:component>
                        """);

        assertThat(refusal(jar)).startsWith("provider transport.v3 is there already");
    }

    @Test
    void refusesNamesThatCouldNotStandInALocation() throws Exception {
        put("a#b c.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);

        assertThat(only().state()).isEqualTo(Plugin.State.REFUSED);
        assertThat(only().note()).contains("rename it");
    }
}
