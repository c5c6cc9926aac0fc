// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;

import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.Peers;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The provider as a service. It names no modes, so that nothing chooses it by itself. Not for production. */
@Component(service = Consensus.class, configurationPid = SmartComponent.PID, property = {Consensus.SLOT_PROPERTY, Swappable.PROVIDER + "=consensus.smart",
        Swappable.VERSION + "=0.0.8", Swappable.CAPABILITIES + "=byzantine", Swappable.CAPABILITIES + "=not-for-production"})
@Designate(ocd = SmartComponent.Config.class)
public final class SmartComponent implements Consensus {
    static final String PID = "com.example.dwcp.smart";

    @ObjectClassDefinition(name = "Consensus smart", description = "The BFT-SMaRt derivative. Not for production.")
    @interface Config {
        @AttributeDefinition(min = "1024", max = "65400", description = "First of the 100 ports for replicas, the same on every member. Read at start.")
        int port_first() default 11_000;
    }

    private final SmartConsensus consensus;

    /**
     * Unpacks the library for the replicas' processes.
     *
     * @param peers where the members are
     */
    @Activate
    public SmartComponent(BundleContext context, Config config, @Reference Peers peers, @Reference NodeFolders folders) throws IOException {
        int first = config.port_first();
        consensus = new SmartConsensus(node -> new InetSocketAddress(host(peers, node), first), unpack(context, folders.data("smart")));
    }

    private static String host(Peers peers, NodeId node) {
        return peers.find(node).orElseThrow(() -> new ConsensusException(Reason.NOT_A_MEMBER, "member " + node + " is no peer of this node; add it first")).host();
    }

    private static String unpack(BundleContext context, Path folder) throws IOException {
        var classes = folder.resolve("classes");
        var parts = new ArrayList<String>();
        parts.add(classes.toString());
        for (var entry : Collections.list(context.getBundle().findEntries("/", "*", true))) {
            var name = entry.getPath().substring(1);
            if (name.endsWith(".jar") || name.endsWith(".class")) {
                var target = (name.endsWith(".jar") ? folder : classes).resolve(name).normalize();
                Files.createDirectories(target.getParent());
                try (var in = entry.openStream()) {
                    Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
                }
                if (name.endsWith(".jar")) {
                    parts.add(target.toString());
                }
            }
        }
        return String.join(File.pathSeparator, parts);
    }

    @Modified
    void modified(Config config) {
        // A new ranking. The ports are read at start.
    }

    @Deactivate
    void deactivate() {
        consensus.close();
    }

    @Override
    public Tolerance tolerance() {
        return consensus.tolerance();
    }

    @Override
    public Replica open(ReplicaSpec spec, EntryMachine machine) {
        return consensus.open(spec, machine);
    }
}
