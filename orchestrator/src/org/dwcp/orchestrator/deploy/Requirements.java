// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Says in one line what an installed, unresolved bundle misses: it matches each mandatory requirement against what all installed bundles offer, and
 * names the nearest thing there is. The framework's own resolver has the last word (it also knows {@code uses} constraints); this gives the reason that
 * a person can act on. Changes nothing.
 */
final class Requirements {
    private static final String PACKAGE = "osgi.wiring.package";
    private static final String ENVIRONMENT = "osgi.ee";
    private static final Pattern FLOOR = Pattern.compile("\\((?:bundle-)?version(?:>)?=([0-9.]+[^)]*)\\)");
    private static final Pattern CEILING = Pattern.compile("\\(!\\((?:bundle-)?version>=([^)]+)\\)\\)");

    private Requirements() {
    }

    /** What the bundle misses, one sentence each. */
    static List<String> missing(BundleContext context, Bundle bundle) {
        var missing = new ArrayList<String>();
        var offers = Stream.of(context.getBundles()).map(other -> other.adapt(BundleRevision.class)).filter(java.util.Objects::nonNull).toList();
        for (var requirement : bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
            if (isMandatory(requirement) && !isOffered(requirement, offers)) {
                missing.add(sentence(requirement, offers));
            }
        }
        return missing;
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        var directives = requirement.getDirectives();
        return "resolve".equals(directives.getOrDefault("effective", "resolve"))
                && !List.of("optional", "dynamic").contains(directives.getOrDefault("resolution", "mandatory"));
    }

    private static boolean isOffered(BundleRequirement requirement, List<BundleRevision> offers) {
        return offers.stream().flatMap(offer -> offer.getDeclaredCapabilities(requirement.getNamespace()).stream()).anyMatch(requirement::matches);
    }

    private static String sentence(BundleRequirement requirement, List<BundleRevision> offers) {
        var filter = requirement.getDirectives().getOrDefault("filter", "");
        var name = attribute(filter, requirement.getNamespace());
        var range = range(filter);
        var what = switch (requirement.getNamespace()) {
            case PACKAGE -> "package " + name + range;
            case ENVIRONMENT -> "Java " + name + range;
            default -> requirement.getNamespace() + " " + (name.isEmpty() ? filter : name + range);
        };
        var found = nearest(requirement, name, offers);
        return "needs " + what + (found.isEmpty() ? ", which no bundle offers" : "; there is " + found);
    }

    /** The same thing in another version, if anybody has it. */
    private static String nearest(BundleRequirement requirement, String name, List<BundleRevision> offers) {
        if (name.isEmpty()) {
            return "";
        }
        for (var offer : offers) {
            for (var capability : offer.getDeclaredCapabilities(requirement.getNamespace())) {
                var attributes = capability.getAttributes();
                if (name.equals(attributes.get(requirement.getNamespace()))) {
                    var version = attributes.get("version") == null ? attributes.get("bundle-version") : attributes.get("version");
                    return (version instanceof List<?> several ? "up to " + several.stream().map(String::valueOf).map(Version::parseVersion)
                            .max(Version::compareTo).map(Version::toString).orElse("none") : version) + " of " + offer.getSymbolicName();
                }
            }
        }
        return "";
    }

    private static String attribute(String filter, String key) {
        var matcher = Pattern.compile("\\(" + Pattern.quote(key) + "=([^)]*)\\)").matcher(filter);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String range(String filter) {
        var floor = FLOOR.matcher(filter);
        var ceiling = CEILING.matcher(filter);
        var from = floor.find() ? floor.group(1) : "";
        return from.isEmpty() ? "" : ceiling.find() ? " [" + from + "," + ceiling.group(1) + ")" : " " + from + " or newer";
    }
}
