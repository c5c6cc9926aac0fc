// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
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
    void offersConfigurationAdmin(@InjectService ConfigurationAdmin configurations) {
        assertThat(configurations).isNotNull();
    }
}
