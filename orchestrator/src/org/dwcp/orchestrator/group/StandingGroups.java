// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.orchestrator.config.AtomicFile;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups of texts that were made by command. A file says which; they are hosted again at each start, with what the group itself has on disk. Thread-safe.
 */
@Component(service = StandingGroups.class, immediate = true)
public final class StandingGroups {
    /** Most groups made by command. Source: chosen. */
    static final int GROUPS_MAX = 32;
    private static final int SESSIONS_MAX = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(StandingGroups.class);

    private record Standing(Group group, GroupClient client) {
    }

    private final ConsensusGroups groups;
    private final Path folder;
    private final Map<String, Standing> standing = new TreeMap<>();
    private final Thread starter;
    private boolean closed;

    /**
     * Hosts what was hosted before, on a thread of its own: opening waits for the disk.
     *
     * @param groups  where groups are hosted
     * @param folders says where the list is
     */
    @Activate
    public StandingGroups(@Reference ConsensusGroups groups, @Reference NodeFolders folders) {
        this.groups = groups;
        folder = folders.data("groups");
        starter = Thread.ofVirtual().name("orchestrator.groups.start").start(this::hostAgain);
    }

    private void hostAgain() {
        try (var files = Files.list(folder)) {
            for (var file : files.filter(f -> f.getFileName().toString().endsWith(".group")).sorted().toList()) {
                var name = file.getFileName().toString().replace(".group", "");
                try {
                    if (client(name).isEmpty()) { // it may have been made by command since this node started
                        host(name, GroupFile.read(file));
                    }
                } catch (IOException | RuntimeException e) { // a file that somebody has changed: the other groups are hosted
                    LOG.error("groups group={} cannot be hosted again from {}: {}", name, file, e.toString());
                }
            }
        } catch (IOException e) {
            LOG.error("groups in {} cannot be listed: {}", folder, e.toString());
        }
    }

    /** One line the provider, then one a member. What counts after the first time is what the group has on disk. */
    private static final class GroupFile {
        static List<String> read(Path file) throws IOException {
            return Files.readAllLines(file);
        }

        static void write(Path file, GroupSpec spec) throws IOException {
            var text = new StringBuilder(spec.provider()).append('\n');
            for (Member member : spec.members()) {
                text.append(member.node()).append(' ').append(member.signatureKey()).append(' ').append(member.agreementKey()).append('\n');
            }
            AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void host(String name, List<String> lines) {
        var members = lines.stream().skip(1).map(line -> line.split(" ")).map(words -> new Member(NodeId.of(words[0]), words[1], words[2])).toList();
        host(new GroupSpec(name, lines.getFirst(), members, SESSIONS_MAX, 0));
    }

    private Group host(GroupSpec spec) {
        synchronized (standing) {
            if (closed) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "the node is stopping");
            }
            if (standing.size() >= GROUPS_MAX) {
                throw new DwcpException(DwcpException.Kind.REJECTED, GROUPS_MAX + " groups were made by command and no more are");
            }
            var group = groups.host(spec, new TextMap());
            standing.put(spec.name(), new Standing(group, group.client("shell")));
            return group;
        }
    }

    /**
     * Makes a group of texts, or joins one.
     *
     * @param name     its name
     * @param provider what its first epoch runs on; empty for what the routing gives
     * @param members  the members that it begins with, the same on each of them
     * @return the group, which is hosted again at each start of this node
     */
    public Group create(String name, String provider, List<Member> members) {
        var spec = new GroupSpec(name, provider, members, SESSIONS_MAX, 0);
        var group = host(spec);
        try {
            GroupFile.write(folder.resolve(name + ".group"), spec);
            return group;
        } catch (IOException e) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "group " + name + " is hosted, but will not be after a restart: " + e);
        }
    }

    /**
     * Gives the node's session with a group that was made by command.
     *
     * @param name its name
     * @return the session, or empty for a group of another kind
     */
    public Optional<GroupClient> client(String name) {
        synchronized (standing) {
            return Optional.ofNullable(standing.get(name)).map(Standing::client);
        }
    }

    @Deactivate
    void deactivate() {
        List<Standing> all;
        synchronized (standing) {
            closed = true;
            all = List.copyOf(standing.values());
            standing.clear();
        }
        starter.interrupt();
        all.forEach(each -> {
            each.client().close();
            each.group().close();
        });
    }
}
