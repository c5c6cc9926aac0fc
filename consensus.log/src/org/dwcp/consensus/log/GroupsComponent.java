// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.StateMachine;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's groups as a service, and their members' questions as a call. The handler of the call is registered by hand: who makes calls looks for handlers while this waits
 * for who makes calls, a circle that Declarative Services does not get out of.
 */
@Component(service = ConsensusGroups.class, configurationPid = GroupsComponent.PID, immediate = true)
@Designate(ocd = GroupsComponent.Config.class)
public final class GroupsComponent implements ConsensusGroups {
    static final String PID = "org.dwcp.consensus.log";
    static final String METHOD = "consensus.chain";
    private static final Logger LOG = LoggerFactory.getLogger(GroupsComponent.class);

    @ObjectClassDefinition(name = "Consensus groups", description = "Replicated groups of this node: group commit, repetition, switches.")
    @interface Config {
        @AttributeDefinition(min = "1", max = "64", description = "Most entries of a group that are being ordered at a time; what comes meanwhile shares the next.")
        int entries_inflight_max() default 4;

        @AttributeDefinition(min = "100", max = "600000", description = "Longest time for a command with all repetitions, in milliseconds.")
        long command_timeout_ms() default 30_000;

        @AttributeDefinition(min = "100", max = "60000", description = "Time after which an entry without an answer is proposed again, in milliseconds.")
        long proposal_timeout_ms() default 5_000;

        @AttributeDefinition(min = "1", max = "10000", description = "Time before a refused entry is proposed again, in milliseconds.")
        long retry_delay_ms() default 20;

        @AttributeDefinition(min = "10", max = "10000", description = "Time between two looks at members, routing and provider, in milliseconds.")
        long tick_interval_ms() default 500;

        @AttributeDefinition(min = "0", max = "3600000", description = "Time that the routing must want another provider before an automatic switch, in milliseconds.")
        long switch_dwell_ms() default 30_000;

        @AttributeDefinition(min = "0", max = "600000", description = "Time without an answer after which the group goes on with what the routing wants, if that tolerates"
                + " more, without dwell, in milliseconds; 0 for never.")
        long fallback_deadline_ms() default 10_000;

        @AttributeDefinition(min = "100", max = "600000", description = "Longest preparation of a switch, in milliseconds.")
        long prepare_timeout_ms() default 10_000;

        @AttributeDefinition(min = "1", max = "1000000", description = "Most commands of a group that wait on this node.")
        int commands_waiting_max() default 100_000;
    }

    private final HostedGroups groups;
    private final ServiceRegistration<CallHandler> questions;

    /** Opens the keys; groups are opened by who hosts them. */
    @Activate
    public GroupsComponent(Config config, BundleContext context, @Reference NodeIdentity identity, @Reference NodeFolders folders, @Reference ModeAwareAdapter adapter,
            @Reference Calls calls, @Reference NodeClock clock, @Reference NodeRandom random) {
        groups = new HostedGroups(identity.id(), folders.data("consensus"), new RoutedProviders(adapter),
                (peer, question) -> calls.call(peer, METHOD, question, HostedGroups.QUESTION_TIMEOUT), clock, random, settings(config));
        questions = context.registerService(CallHandler.class, groups::answer, new Hashtable<>(Map.of(CallHandler.METHOD, METHOD)));
    }

    private static GroupSettings settings(Config config) {
        return new GroupSettings(config.entries_inflight_max(), Duration.ofMillis(config.command_timeout_ms()), Duration.ofMillis(config.proposal_timeout_ms()),
                Duration.ofMillis(config.retry_delay_ms()), Duration.ofMillis(config.tick_interval_ms()), Duration.ofMillis(config.switch_dwell_ms()),
                Duration.ofMillis(config.fallback_deadline_ms()), Duration.ofMillis(config.prepare_timeout_ms()), config.commands_waiting_max());
    }

    @Modified
    void modified(Config config) {
        LOG.info("consensus.log configuration changed; it holds after a restart of the bundle");
    }

    @Deactivate
    void deactivate() {
        questions.unregister();
        groups.close();
    }

    @Override
    public Member self() {
        return groups.self();
    }

    @Override
    public Member member(NodeId node) {
        return groups.member(node);
    }

    @Override
    public Group host(GroupSpec spec, StateMachine machine) {
        return groups.host(spec, machine);
    }

    @Override
    public Optional<Group> find(String name) {
        return groups.find(name);
    }

    @Override
    public List<GroupStatus> list() {
        return groups.list();
    }
}
