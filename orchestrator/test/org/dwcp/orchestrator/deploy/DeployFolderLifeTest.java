// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** What leaves the deploy folder, changes in it, or is there after a restart. */
class DeployFolderLifeTest extends FolderOverFramework {
    @Test
    void drainsBeforeItUninstalls() throws Exception {
        var jar = put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);
        leases = 3;
        Files.delete(jar);
        scan(2);
        assertThat(only().state()).isEqualTo(Plugin.State.DRAINING);
        assertThat(released).containsExactly("transport transport.plain");
        assertThat(bundles()).hasSize(1);

        leases = 0;
        scan(1);

        assertThat(deploy.list()).isEmpty();
        assertThat(bundles()).isEmpty();
    }

    @Test
    void givesUpADrainAtItsTimeout() throws Exception {
        var jar = put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);
        leases = 3;
        Files.delete(jar);
        scan(1);
        clock.pass(Duration.ofMillis(9_999));
        scan(1);
        assertThat(bundles()).hasSize(1);

        clock.pass(Duration.ofMillis(1));
        scan(1);

        assertThat(bundles()).isEmpty();
    }

    @Test
    void takesAChangedFileAfterTheOldOneHasDrained() throws Exception {
        put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);

        put("plain.jar", TestJar.provider("com.example.plain", "1.1.0", "transport.plain").bytes());
        scan(3);

        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
        assertThat(only().version()).isEqualTo("1.1.0");
        assertThat(bundles()).containsExactly("com.example.plain 1.1.0");
    }

    @Test
    void keepsTheOldBundleWhenTheChangedFileIsDamaged() throws Exception {
        put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);

        put("plain.jar", new byte[500]);
        scan(2);

        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
        assertThat(only().note()).startsWith("the changed file was refused, the old one goes on");
        assertThat(bundles()).containsExactly("com.example.plain 1.0.0");
    }

    private void restart() throws Exception {
        stop();
        framework();
    }

    @Test
    void startsAgainWhatIsInTheFolderAfterARestart() throws Exception {
        put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);
        var id = only().bundleId();

        restart();
        assertThat(context().getBundle(id).getState()).isNotEqualTo(Bundle.ACTIVE);
        scan(1);

        assertThat(only().state()).isEqualTo(Plugin.State.ACTIVE);
        assertThat(only().bundleId()).isEqualTo(id);
    }

    @Test
    void takesAwayWhatLeftTheFolderWhileTheNodeWasDown() throws Exception {
        var jar = put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);
        Files.delete(jar);

        restart();
        scan(1);

        assertThat(bundles()).isEmpty();
    }

    @Test
    void noticesAFileThatChangedWhileTheNodeWasDown() throws Exception {
        var jar = put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        var time = Files.getLastModifiedTime(jar);
        scan(2);
        Files.write(jar, TestJar.provider("com.example.plain", "2.0.0", "transport.plain").bytes());
        Files.setLastModifiedTime(jar, time);

        restart();
        scan(2);

        assertThat(bundles()).containsExactly("com.example.plain 2.0.0");
    }

    @Test
    void leavesNoClassOfARemovedBundle() throws Exception {
        var jar = put("plain.jar", TestJar.provider("com.example.plain", "1.0.0", "transport.plain").bytes());
        scan(2);
        var loader = new WeakReference<>(context().getBundle(only().bundleId()).adapt(BundleWiring.class).getClassLoader());
        Files.delete(jar);
        scan(1);

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            return loader.get() == null;
        });
    }
}
