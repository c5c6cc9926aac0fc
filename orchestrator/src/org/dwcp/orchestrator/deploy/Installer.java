// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.dwcp.api.Swappable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part that talks to the framework. It installs a bundle and tries to resolve it: if that fails, the bundle is uninstalled again, and as it was
 * never wired to anything, nothing else notices. It never asks for a refresh and never touches a bundle whose location does not begin with
 * {@code deploy:}.
 */
final class Installer {
    private static final Logger LOG = LoggerFactory.getLogger(Installer.class);
    private static final String SCHEME = "deploy:";

    private final BundleContext context;

    Installer(BundleContext context) {
        this.context = context;
    }

    /** The name under which the framework keeps a bundle: it holds the content's hash, so that a changed file is noticed after a restart. */
    static String location(String jar, String hash) {
        return SCHEME + jar + "#" + hash;
    }

    static String jar(Bundle bundle) {
        return bundle.getLocation().substring(SCHEME.length()).split("#")[0];
    }

    List<Bundle> installed() {
        return Stream.of(context.getBundles()).filter(bundle -> bundle.getLocation().startsWith(SCHEME)).toList();
    }

    Bundle install(Path file, String jar, JarFacts facts) throws Refused {
        refuseTwice(facts);
        for (var provider : facts.providers()) {
            refuseTaken(provider.name(), null);
        }
        Bundle bundle;
        try (var in = Files.newInputStream(file)) {
            bundle = context.installBundle(location(jar, facts.hash()), in);
        } catch (IOException | BundleException e) {
            throw new Refused("the framework does not take it: " + reason(e));
        }
        try {
            resolve(bundle);
            start(bundle);
            return bundle;
        } catch (Refused e) {
            uninstall(bundle);
            throw e;
        }
    }

    private void refuseTwice(JarFacts facts) throws Refused {
        for (var other : context.getBundles()) {
            if (facts.symbolicName().equals(other.getSymbolicName()) && facts.version().equals(other.getVersion())) {
                throw new Blocked(facts.symbolicName() + " " + facts.version() + " is installed already as bundle " + other.getBundleId()
                        + "; give this one another Bundle-Version");
            }
        }
    }

    private void refuseTaken(String provider, Bundle self) throws Refused {
        for (var reference : references()) {
            var owner = reference.getBundle();
            if (owner != null && !owner.equals(self) && provider.equals(reference.getProperty(Swappable.PROVIDER))) {
                throw new Blocked("provider " + provider + " is there already, from bundle " + owner.getSymbolicName() + " " + owner.getVersion()
                        + "; give this one another dwcp.provider");
            }
        }
    }

    private void resolve(Bundle bundle) throws Refused {
        var missing = Requirements.missing(context, bundle);
        if (!missing.isEmpty()) {
            throw new Blocked(missing.getFirst() + (missing.size() > 1 ? " (and " + (missing.size() - 1) + " more)" : ""));
        }
        var wiring = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
        if (!wiring.resolveBundles(Set.of(bundle))) {
            try {
                bundle.start(Bundle.START_TRANSIENT); // Fails, and says why.
            } catch (BundleException e) {
                throw new Blocked("does not resolve: " + reason(e));
            }
        }
    }

    /** Starts without keeping that: after a restart the folder is asked first. */
    void start(Bundle bundle) throws Refused {
        try {
            if (bundle.getState() != Bundle.ACTIVE) {
                bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
            }
        } catch (BundleException e) {
            uninstall(bundle);
            throw new Refused("does not start: " + reason(e));
        }
        for (var provider : providers(bundle)) {
            try {
                refuseTaken(provider.name(), bundle);
            } catch (Refused e) {
                uninstall(bundle);
                throw e;
            }
        }
    }

    void uninstall(Bundle bundle) {
        try {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                bundle.uninstall();
            }
        } catch (BundleException e) {
            LOG.warn("plugin uninstall failed bundle={} reason=\"{}\"", bundle.getSymbolicName(), reason(e), e);
        }
        var wiring = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
        if (wiring.getRemovalPendingBundles().contains(bundle)) {
            LOG.warn("plugin still wired bundle={} reason=\"another bundle uses its packages; its classes go when that one goes\"", bundle.getSymbolicName());
        }
    }

    /** The providers that a bundle has registered now. */
    List<JarFacts.Provider> providers(Bundle bundle) {
        var providers = new ArrayList<JarFacts.Provider>();
        for (var reference : references()) {
            if (bundle.equals(reference.getBundle())) {
                providers.add(new JarFacts.Provider(String.valueOf(reference.getProperty(Swappable.SLOT_NAME)),
                        String.valueOf(reference.getProperty(Swappable.PROVIDER))));
            }
        }
        return providers;
    }

    private List<ServiceReference<?>> references() {
        try {
            var references = context.getAllServiceReferences(null, "(" + Swappable.PROVIDER + "=*)");
            return references == null ? List.of() : List.of(references);
        } catch (org.osgi.framework.InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String reason(Exception failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return Refused.oneLine(cause.getMessage() == null ? cause.getClass().getName() : cause.getMessage());
    }
}
