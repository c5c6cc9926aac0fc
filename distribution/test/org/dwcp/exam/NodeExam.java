// SPDX-License-Identifier: Apache-2.0
package org.dwcp.exam;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.util.Arrays;
import java.util.List;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ConfigurationAdmin;

/** The image's bundles in a framework that was not set up by bnd: what third parties do. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class NodeExam {
    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Configuration
    public Option[] bundles() {
        return new Option[] {NodeOptions.node()};
    }

    @Test
    public void startsEveryBundleOfTheImage() {
        var waiting = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .map(Bundle::getSymbolicName)
                .toList();

        assertEquals(List.of(), waiting);
    }

    @Test
    public void injectsConfigurationAdmin() {
        assertNotNull(configurations);
    }
}
