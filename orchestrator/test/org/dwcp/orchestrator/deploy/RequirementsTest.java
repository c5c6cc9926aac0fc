// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.dwcp.orchestrator.shell.FakeNode;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

class RequirementsTest {
    private final List<BundleCapability> offered = new ArrayList<>();

    private static BundleRequirement requirement(String namespace, Map<String, String> directives) {
        return FakeNode.fake(BundleRequirement.class, Map.of("getNamespace", a -> namespace, "getDirectives", a -> directives, "matches", a -> false));
    }

    private static BundleCapability capability(Map<String, Object> attributes) {
        return FakeNode.fake(BundleCapability.class, Map.of("getAttributes", a -> attributes));
    }

    private List<String> missing(BundleRequirement... requirements) {
        var offer = FakeNode.fake(BundleRevision.class, Map.of("getDeclaredCapabilities", a -> offered, "getSymbolicName", a -> "org.example.offer"));
        var wanting = FakeNode.fake(BundleRevision.class, Map.of("getDeclaredRequirements", a -> List.of(requirements)));
        var other = FakeNode.fake(Bundle.class, Map.of("adapt", a -> offer));
        var uninstalled = FakeNode.fake(Bundle.class, Map.of("adapt", a -> null));
        return Requirements.missing(FakeNode.fake(BundleContext.class, Map.of("getBundles", a -> new Bundle[] {other, uninstalled})),
                FakeNode.fake(Bundle.class, Map.of("adapt", a -> wanting)));
    }

    @Test
    void asksOnlyForWhatMustBeThere() {
        assertThat(missing(requirement("osgi.wiring.package", Map.of("resolution", "optional", "filter", "(osgi.wiring.package=a)")),
                requirement("osgi.wiring.package", Map.of("resolution", "dynamic", "filter", "(osgi.wiring.package=a)")),
                requirement("osgi.service", Map.of("effective", "active", "filter", "(objectClass=x)")))).isEmpty();
    }

    @Test
    void saysInWordsWhatIsMissing() {
        assertThat(missing(requirement("osgi.wiring.package", Map.of("filter", "(&(osgi.wiring.package=org.a)(version>=1.2)(!(version>=2)))")),
                requirement("osgi.ee", Map.of("filter", "(&(osgi.ee=JavaSE)(version=99))")),
                requirement("osgi.extender", Map.of("filter", "(osgi.extender=osgi.component)")),
                requirement("org.example", Map.of("filter", "(tone=blue)")), requirement("org.example", Map.of())))
                .containsExactly("needs package org.a [1.2,2), which no bundle offers", "needs Java JavaSE 99 or newer, which no bundle offers",
                        "needs osgi.extender osgi.component, which no bundle offers", "needs org.example (tone=blue), which no bundle offers",
                        "needs org.example , which no bundle offers");
    }

    @Test
    void namesTheNearestThingThereIs() {
        offered.add(capability(Map.of("osgi.wiring.package", "org.other", "version", Version.parseVersion("9"))));
        offered.add(capability(Map.of("osgi.wiring.package", "org.a", "version", Version.parseVersion("1.1"))));
        assertThat(missing(requirement("osgi.wiring.package", Map.of("filter", "(&(osgi.wiring.package=org.a)(version>=1.2))"))))
                .containsExactly("needs package org.a 1.2 or newer; there is 1.1.0 of org.example.offer");

        offered.clear();
        offered.add(capability(Map.of("osgi.ee", "JavaSE", "version", List.of(Version.parseVersion("8"), Version.parseVersion("25")))));
        assertThat(missing(requirement("osgi.ee", Map.of("filter", "(&(osgi.ee=JavaSE)(version=99))"))))
                .containsExactly("needs Java JavaSE 99 or newer; there is up to 25.0.0 of org.example.offer");

        offered.clear();
        offered.add(capability(Map.of("osgi.wiring.bundle", "org.b", "bundle-version", Version.parseVersion("1"))));
        assertThat(missing(requirement("osgi.wiring.bundle", Map.of("filter", "(&(osgi.wiring.bundle=org.b)(bundle-version>=2))"))))
                .containsExactly("needs osgi.wiring.bundle org.b 2 or newer; there is 1.0.0 of org.example.offer");
    }
}
