// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.migration.vm.GuestAnswers;
import org.dwcp.migration.vm.GuestSettings;
import org.dwcp.migration.vm.Guests;
import org.dwcp.migration.vm.Launcher;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The guests of this node, and those that arrive. It calls nobody, so that calls may depend on it. */
@Component(service = {CallHandler.class, GuestHost.class}, configurationPid = GuestsComponent.PID, property = CallHandler.METHOD + "=" + GuestAnswers.METHOD)
@Designate(ocd = GuestsComponent.Config.class)
public final class GuestsComponent implements CallHandler, GuestHost {
    static final String PID = "org.dwcp.migration.vm";

    /** Configuration; holds for moves that begin after a change. */
    @ObjectClassDefinition(name = "Virtual machines", description = "Guests that move between nodes while they run.")
    @interface Config {
        /** Memory for pages. */
        @AttributeDefinition(min = "0", max = "1099511627776",
                description = "Most bytes of memory that this end keeps of a guest on its way, to send changes instead of pages; pages beyond go whole.")
        long cache_bytes_max() default 2L << 30;

        /** Compression. */
        @AttributeDefinition(min = "1", max = "19", description = "Level of zstd for guests on their way, in other modes than DATACENTER.")
        int zstd_level() default 1;

        /** Guests that arrive. */
        @AttributeDefinition(min = "1", max = "64", description = "Most guests that arrive at once.")
        int arriving_max() default 4;
    }

    private final Guests guests;
    private final GuestAnswers answers;

    /** Looks for guests that a former process of this node was about to let run. */
    @Activate
    public GuestsComponent(Config config, @Reference NodeClock clock, @Reference NodeFolders folders) {
        guests = new Guests(clock, folders, Launcher.PROCESS, settings(config));
        answers = new GuestAnswers(guests);
    }

    private static GuestSettings settings(Config config) {
        return new GuestSettings(config.cache_bytes_max(), config.zstd_level(), config.arriving_max());
    }

    /** A value out of bounds changes nothing. */
    @Modified
    void modified(Config config) {
        guests.apply(settings(config));
    }

    @Deactivate
    void deactivate() {
        guests.close();
    }

    @Override
    public Guests guests() {
        return guests;
    }

    @Override
    public byte[] handle(NodeId peer, byte[] body) {
        return answers.handle(peer, body);
    }
}
