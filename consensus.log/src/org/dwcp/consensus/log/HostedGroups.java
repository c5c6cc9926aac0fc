// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.StateMachine;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeRandom;

/** The groups that this node hosts, each with a folder of its own. Thread-safe. */
final class HostedGroups implements ConsensusGroups, AutoCloseable {
    /** Longest wait for a member's answer. Source: chosen; asked again with the next tick. */
    static final Duration QUESTION_TIMEOUT = Duration.ofSeconds(5);
    private static final byte[] KEY_QUESTION = {};

    private final Path folder;
    private final KeyStoreFile keys;
    private final Providers providers;
    private final Wire wire;
    private final NodeClock clock;
    private final NodeRandom random;
    private final GroupSettings settings;
    private final Map<String, GroupRuntime> groups = new TreeMap<>();
    private boolean closed;

    HostedGroups(NodeId node, Path folder, Providers providers, Wire wire, NodeClock clock, NodeRandom random, GroupSettings settings) {
        this.folder = folder;
        keys = KeyStoreFile.open(node, folder);
        this.providers = providers;
        this.wire = wire;
        this.clock = clock;
        this.random = random;
        this.settings = settings;
    }

    @Override
    public Member self() {
        return keys.self();
    }

    @Override
    public Member member(NodeId node) {
        if (node.equals(keys.self().node())) {
            return keys.self();
        }
        var member = Items.read("member", wire.ask(node, KEY_QUESTION), Items::readMembers).getFirst();
        if (!member.node().equals(node)) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, "node " + node + " says that it is " + member.node());
        }
        return member;
    }

    /** Answers a question of another member. */
    byte[] answer(NodeId from, byte[] question) {
        if (question.length == 0) {
            return Items.bytes(out -> Items.writeMembers(out, List.of(keys.self())));
        }
        var name = Questions.groupOf(question);
        GroupRuntime group;
        synchronized (groups) {
            group = groups.get(name);
        }
        if (group == null) {
            throw new ConsensusException(Reason.UNKNOWN_GROUP, "group '" + name + "' is not hosted on " + keys.self().node());
        }
        return Questions.answer(from, question, group);
    }

    @Override
    public Group host(GroupSpec spec, StateMachine machine) {
        synchronized (groups) {
            if (closed) {
                throw new ConsensusException(Reason.CLOSED, "the groups of this node are closed");
            }
            if (groups.containsKey(spec.name())) {
                throw new ConsensusException(Reason.BUSY, "group " + spec.name() + " is hosted already");
            }
            var store = new ChainStore(folder.resolve("groups").resolve(spec.name()));
            var known = store.group().map(GroupRecord::parse);
            boolean joining = known.map(GroupRecord::spec).orElse(spec).members().stream().noneMatch(keys.self()::equals);
            var record = known.orElseGet(() -> joining ? asked(spec) : begun(spec, machine));
            store.saveState(1, record.initial());
            store.saveGroup(record.bytes());
            var group = new GroupRuntime(new GroupRuntime.Parts(record, machine, store, keys, providers, wire, clock, random.stream("consensus." + spec.name()), settings,
                    () -> forget(spec.name())), joining);
            groups.put(spec.name(), group);
            return group;
        }
    }

    private GroupRecord begun(GroupSpec spec, StateMachine machine) {
        var provider = !spec.provider().isEmpty() ? spec.provider() : providers.wanted(spec.name()).orElseThrow(
                () -> new ConsensusException(Reason.UNSUPPORTED, "no consensus provider serves; name one for group " + spec.name()));
        try (var held = providers.hold(provider).orElseThrow(() -> new ConsensusException(Reason.UNSUPPORTED, "provider " + provider + " is not installed"))) {
            var tolerance = held.provider().tolerance();
            if (spec.members().size() < tolerance.membersMin()) {
                throw new ConsensusException(Reason.TOO_FEW_MEMBERS, spec.members().size() + " members cannot run " + provider + ", which needs "
                        + tolerance.membersMin());
            }
            return new GroupRecord(spec, provider, tolerance, EpochMachine.initial(spec, machine));
        }
    }

    /** A node that is to become a member is told by those it was told of what the group began with. */
    private GroupRecord asked(GroupSpec spec) {
        var questions = new Questions(spec.name(), wire);
        var faults = new TreeMap<NodeId, String>();
        for (Member member : spec.members()) {
            try {
                var record = GroupRecord.parse(questions.group(member.node()));
                if (record.spec().name().equals(spec.name())) {
                    return record;
                }
            } catch (DwcpException e) {
                faults.put(member.node(), String.valueOf(e.getMessage()));
            }
        }
        throw new ConsensusException(Reason.NOT_A_MEMBER, "this node, " + keys.self() + ", is no member of group " + spec.name()
                + ", and none of its members told what the group is: " + faults);
    }

    private void forget(String name) {
        synchronized (groups) {
            groups.remove(name);
        }
    }

    @Override
    public Optional<Group> find(String name) {
        synchronized (groups) {
            return Optional.ofNullable(groups.get(name));
        }
    }

    @Override
    public List<GroupStatus> list() {
        List<GroupRuntime> all;
        synchronized (groups) {
            all = List.copyOf(groups.values());
        }
        return all.stream().map(GroupRuntime::status).toList();
    }

    @Override
    public void close() {
        List<GroupRuntime> all;
        synchronized (groups) {
            closed = true;
            all = List.copyOf(groups.values());
        }
        all.forEach(GroupRuntime::close);
    }
}
