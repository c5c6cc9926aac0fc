// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.Peers;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the detector its links. A component of its own, because the links are reached over the routing and the routing is built on the
 * detector: this way no two components need each other. Immediate: nobody asks for it.
 */
@Component(service = {}, immediate = true)
public final class LinkSourceComponent {
    private static final long STOP_MS = 1_500;
    private static final Logger LOG = LoggerFactory.getLogger(LinkSourceComponent.class);

    private final Registration attached;
    private final ExecutorService bursts = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "orchestrator.mode.burst");
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    });

    /** Called by Declarative Services. */
    @Activate
    public LinkSourceComponent(@Reference Detection detection, @Reference ModeAwareAdapter adapter, @Reference Peers peers,
            @Reference NodeClock clock) {
        attached = detection.attach(new TransportLinks(adapter, peers, clock, bursts));
    }

    @Deactivate
    void deactivate() {
        attached.close();
        bursts.shutdownNow();
        try {
            if (!bursts.awaitTermination(STOP_MS, TimeUnit.MILLISECONDS)) {
                LOG.error("a burst survives stop thread=orchestrator.mode.burst");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
