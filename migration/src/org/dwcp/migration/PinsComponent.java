// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.image.ImagePin;
import org.dwcp.api.image.ImagePins;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.depot.Depot;
import org.dwcp.migration.image.ImageName;
import org.dwcp.migration.pin.Pins;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pins as a service, told to all nodes by gossip as far as there is one. It waits for no gossip by a reference, because gossip looks for its listeners while it starts.
 */
@Component(service = {ImagePins.class, GossipListener.class}, immediate = true, property = GossipListener.NAME + "=" + PinsComponent.NAME)
public final class PinsComponent implements ImagePins, GossipListener {
    static final String NAME = "image.pins";
    private static final Duration LIFE = Gossip.LIFE_MAX;
    private static final int DIGITS = 64;
    private static final Logger LOG = LoggerFactory.getLogger(PinsComponent.class);

    private final Depot depot;
    private final NodeId self;
    private ServiceTracker<Gossip, Gossip> tracker;
    private volatile Gossip gossip;

    /** Begins to tell and to listen. */
    @Activate
    public PinsComponent(BundleContext context, @Reference DepotHost images, @Reference NodeIdentity identity) {
        this(images.depot(), identity.id());
        tracker = new ServiceTracker<>(context, Gossip.class, null) {
            @Override
            public Gossip addingService(ServiceReference<Gossip> reference) {
                var added = super.addingService(reference);
                came(added);
                return added;
            }

            @Override
            public void removedService(ServiceReference<Gossip> reference, Gossip removed) {
                gossip = null; // there is one in a node
                super.removedService(reference, removed);
            }
        };
        tracker.open();
    }

    PinsComponent(Depot depot, NodeId self) {
        this.depot = depot;
        this.self = self;
    }

    void came(Gossip added) {
        gossip = added;
        tell();
    }

    @Deactivate
    void deactivate() {
        tracker.close();
    }

    private void tell() {
        var present = gossip;
        if (present == null) {
            return;
        }
        try {
            var told = depot.pins().told(self);
            if (told.length > 0) {
                present.put(NAME, told, LIFE);
            } else {
                present.remove(NAME);
            }
        } catch (DwcpException e) {
            LOG.warn("pins cannot be told to the others: {}", e.getMessage());
        }
    }

    /** What a node has overruled, it no longer tells. */
    @Override
    public void changed(GossipValue value) {
        if (value.owner().equals(self)) {
            return;
        }
        try {
            if (depot.pins().take(value.owner(), value.bytes())) {
                tell();
            }
        } catch (DwcpException e) {
            LOG.warn("pins of node={} are not taken: {}", value.owner(), e.getMessage());
        }
    }

    @Override
    public List<ImagePin> list() {
        return depot.pins().list();
    }

    @Override
    public ImagePin pin(String name, String sha256, String note) {
        var kept = depot.store().chunks().versions().list(name).stream().map(version -> version.sha256().hex());
        return say(name, whole(name, sha256, Stream.concat(kept, pinned(name))), true, note);
    }

    @Override
    public boolean unpin(String name, String sha256) {
        var version = whole(name, sha256, pinned(name));
        if (depot.pins().of(name, version).isEmpty()) {
            return false;
        }
        say(name, version, false, "");
        return true;
    }

    private ImagePin say(String name, String version, boolean pinned, String note) {
        Pins pins = depot.pins();
        var said = pins.say(self, name, version, pinned, note);
        tell();
        return said;
    }

    private Stream<String> pinned(String name) {
        return list().stream().filter(pin -> pin.name().equals(name)).map(ImagePin::sha256);
    }

    /** The whole hash for its first digits, by those that are known here. */
    private static String whole(String name, String sha256, Stream<String> known) {
        ImageName.checkDigits(sha256);
        if (sha256.length() == DIGITS) {
            return sha256;
        }
        var found = known.distinct().filter(version -> version.startsWith(sha256)).toList();
        if (found.size() != 1) {
            throw new TransferException(Kind.REJECTED, (found.isEmpty() ? "no version" : found.size() + " versions") + " of image '" + name + "' known here "
                    + (found.size() > 1 ? "begin" : "begins") + " with " + sha256 + "; write all 64 digits, or see image list NODE and baselines");
        }
        return found.getFirst();
    }
}
