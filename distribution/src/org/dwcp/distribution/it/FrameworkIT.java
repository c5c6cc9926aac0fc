// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.common.annotation.InjectService;

/** What every other framework test takes for granted. */
class FrameworkIT {
    @InjectBundleContext
    BundleContext context;

    @Test
    void startsEveryBundleThatIsNoFragment() {
        var waiting = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .toList();

        assertThat(waiting).isEmpty();
    }

    @Test
    @Requirement({"R-144", "R-149"})
    void hasOneModeDetectorAndNoTransportHasOneOfItsOwn() throws Exception {
        assertThat(context.getServiceReferences(ModeDetector.class, null)).singleElement()
                .satisfies(detector -> assertThat(detector.getBundle().getSymbolicName()).isEqualTo("org.dwcp.orchestrator"));
        var transports = Arrays.stream(context.getBundles()).filter(bundle -> bundle.getSymbolicName().startsWith("org.dwcp.transport.")).toList();
        assertThat(transports).isNotEmpty().allSatisfy(transport -> assertThat(transport.findEntries("/", "*Detector*.class", true)).as("%s", transport).isNull());
    }

    @Test
    void offersConfigurationAdmin(@InjectService ConfigurationAdmin configurations) {
        assertThat(configurations).isNotNull();
    }
}
