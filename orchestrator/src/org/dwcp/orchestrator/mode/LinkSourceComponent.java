// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.Peers;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Gives the detector its links. A component of its own, because the links are reached over the routing and the routing is built on the
 * detector: this way no two components need each other. Immediate: nobody asks for it.
 */
@Component(service = {}, immediate = true)
public final class LinkSourceComponent {
    private final Registration attached;

    /** Called by Declarative Services. */
    @Activate
    public LinkSourceComponent(@Reference Detection detection, @Reference ModeAwareAdapter adapter, @Reference Peers peers,
            @Reference NodeClock clock) {
        attached = detection.attach(new TransportLinks(adapter, peers, clock));
    }

    @Deactivate
    void deactivate() {
        attached.close();
    }
}
