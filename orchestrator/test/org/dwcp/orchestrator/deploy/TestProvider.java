// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.util.Hashtable;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Activator that is packed into test bundles: registers a provider as its manifest's headers say. */
public final class TestProvider implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        var headers = context.getBundle().getHeaders();
        if (headers.get("Test-Fails") != null) {
            throw new IllegalStateException("window.bytes.max 7 is not in 65536..1073741824");
        }
        var properties = new Hashtable<String, Object>();
        properties.put("dwcp.slot", "transport");
        properties.put("dwcp.provider", headers.get("Test-Provider"));
        properties.put("dwcp.version", context.getBundle().getVersion().toString());
        context.registerService(Runnable.class, new Work(), properties);
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the service back.
    }

    /** The service. */
    static final class Work implements Runnable {
        @Override
        public void run() {
            throw new UnsupportedOperationException();
        }
    }
}
