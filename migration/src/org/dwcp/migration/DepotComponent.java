// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.depot.Depot;
import org.dwcp.migration.depot.DepotAnswers;
import org.dwcp.migration.depot.DepotSettings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the node keeps of images, and what it answers about them. It calls nobody, so that calls may depend on it. */
@Component(service = {CallHandler.class, DepotHost.class}, configurationPid = DepotComponent.PID, property = CallHandler.METHOD + "=" + DepotAnswers.METHOD)
@Designate(ocd = DepotComponent.Config.class)
public final class DepotComponent implements CallHandler, DepotHost {
    static final String PID = "org.dwcp.migration.image";

    /** Configuration; holds at once for what comes from then on. */
    @ObjectClassDefinition(name = "Images", description = "Disk images that this node keeps as versions.")
    @interface Config {
        /** Size. */
        @AttributeDefinition(min = "1048576", max = "1125899906842624",
                description = "Most bytes of the chunk store. What no version needs is removed before an image is refused for lack of room.")
        long store_bytes_max() default 64L << 30;

        /** Chunks. */
        @AttributeDefinition(min = "1000", max = "100000000", description = "Most chunks of the store; about 60 bytes of memory each.")
        int store_chunks_max() default 8_000_000;

        /** Versions. */
        @AttributeDefinition(min = "1", max = "1000", description = "Most versions of one image; the oldest make room.")
        int versions_max() default 10;

        /** Unfinished packs. */
        @AttributeDefinition(min = "1", max = "3650", description = "Days after which what came of an unfinished push or pull is removed.")
        int parts_days_max() default 7;
    }

    private final Depot depot;
    private final DepotAnswers answers;

    /** Opens nothing yet: the store is opened when it is first asked for. */
    @Activate
    public DepotComponent(Config config, @Reference NodeClock clock, @Reference NodeFolders folders) {
        depot = new Depot(clock, folders, settings(config));
        answers = new DepotAnswers(depot);
    }

    private static DepotSettings settings(Config config) {
        return new DepotSettings(new StoreSettings(config.store_bytes_max(), config.store_chunks_max(), config.versions_max()), config.parts_days_max());
    }

    /** A value out of bounds changes nothing. */
    @Modified
    void modified(Config config) {
        depot.apply(settings(config));
    }

    @Deactivate
    void deactivate() {
        depot.close();
    }

    @Override
    public Depot depot() {
        return depot;
    }

    @Override
    public byte[] handle(NodeId peer, byte[] body) {
        return answers.handle(peer, body);
    }
}
