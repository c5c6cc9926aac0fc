// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.node.NodeIdentity;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the others this node's flags, as a signed snapshot. What others tell is only shown, unless this node is configured to follow one of them; a node that
 * follows tells nothing, so that there are no circles. A kill switch is taken over when it goes on and never when it goes off: that is for the operator at hand. It waits for no
 * gossip by a reference, because gossip looks for its listeners while it starts.
 */
@Component(service = GossipListener.class, configurationPid = FlagGossip.PID, immediate = true, property = GossipListener.NAME + "=" + FlagGossip.NAME)
@Designate(ocd = FlagGossip.Config.class)
public final class FlagGossip implements GossipListener {
    static final String PID = "org.dwcp.orchestrator.flags";
    /** Name of the value: the flags as in the file. */
    public static final String NAME = "flags";
    private static final Duration LIFE = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(FlagGossip.class);

    /** Configuration. */
    @ObjectClassDefinition(name = "Flags of the cluster", description = "What this node does with flags and gossip.")
    @interface Config {
        @AttributeDefinition(description = "Name of the node whose flags this one takes over when they change; empty for nobody.")
        String follow() default "";
    }

    private final FeatureFlags flags;
    private final NodeId self;
    private final Registration changes;
    private ServiceTracker<Gossip, Gossip> tracker;
    private volatile Gossip gossip;
    private volatile String follow;
    private volatile byte[] taken = {};

    /** Begins to tell and to listen. */
    @Activate
    public FlagGossip(BundleContext context, Config config, @Reference FeatureFlags flags, @Reference NodeIdentity identity) {
        this(flags, identity.id(), config.follow());
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

    FlagGossip(FeatureFlags flags, NodeId self, String follow) {
        this.flags = flags;
        this.self = self;
        this.follow = checked(follow);
        changes = flags.onChange(_ -> tell());
    }

    void came(Gossip added) {
        gossip = added;
        tell();
    }

    private String checked(String name) {
        var stripped = name.strip();
        Check.argument(stripped.isEmpty() || !NodeId.of(stripped).equals(self), "follow=%s is this node itself; name another, or nobody", stripped);
        return stripped;
    }

    @Modified
    void modified(Config config) {
        try {
            follow(config.follow());
        } catch (DwcpException e) {
            LOG.warn("flags configuration refused pid={} problem={} the settings before it stay", PID, e.getMessage());
        }
    }

    void follow(String name) {
        follow = checked(name);
        tell();
        var present = gossip;
        if (present != null && !follow.isEmpty()) {
            present.find(NodeId.of(follow), NAME).ifPresent(this::changed);
        }
    }

    @Deactivate
    void deactivate() {
        changes.close();
        if (tracker != null) {
            tracker.close();
        }
    }

    private void tell() {
        var present = gossip;
        if (present == null) {
            return;
        }
        try {
            var snapshot = FlagJson.write(flags.state()).getBytes(StandardCharsets.UTF_8);
            if (!follow.isEmpty()) {
                present.remove(NAME);
            } else if (snapshot.length <= Gossip.VALUE_BYTES_MAX) {
                present.put(NAME, snapshot, LIFE);
            } else {
                LOG.warn("flags of {} bytes exceed the {} of a gossip value; the others are not told of this change", snapshot.length, Gossip.VALUE_BYTES_MAX);
            }
        } catch (DwcpException e) {
            LOG.warn("flags cannot be told to the others: {}", e.getMessage());
        }
    }

    /** Renewals have the same bytes and change nothing, so that an operator's change here holds until the followed node makes one. */
    @Override
    public void changed(GossipValue value) {
        if (!value.owner().value().equals(follow) || Arrays.equals(value.bytes(), taken)) {
            return;
        }
        try {
            var theirs = read(value);
            flags.update(ours -> ours.forceV1Mode() ? theirs.withForceV1(true) : theirs);
            taken = value.bytes();
            LOG.info("flags taken from node={} version={}", value.owner(), value.version());
        } catch (DwcpException e) {
            LOG.warn("flags of node={} version={} are not taken: {}", value.owner(), value.version(), e.getMessage());
        }
    }

    /**
     * Reads a snapshot.
     *
     * @param value a value of this name
     * @throws DwcpException of kind REJECTED with the place that is wrong
     */
    public static FlagState read(GossipValue value) {
        return FlagJson.read(new String(value.bytes(), StandardCharsets.UTF_8));
    }
}
