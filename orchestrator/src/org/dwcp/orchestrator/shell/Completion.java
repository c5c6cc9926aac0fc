// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.List;
import java.util.stream.Stream;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.Peers;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * What may stand at the cursor of an interactive shell. {@code etc/gosh_profile} asks here for every argument of every command of scope {@code dwcp}; the
 * scope of its own keeps it out of the control port. It never throws: a shell in the middle of a line cannot do anything with an exception.
 */
@Component(service = Completion.class)
@GogoCommand(scope = "completion", function = "candidates")
@Descriptor("completion of command lines")
public final class Completion {
    private final HybridManager manager;
    private final Peers peers;
    private final FeatureFlags flags;

    /**
     * Makes the completion.
     *
     * @param manager knows slots and providers
     * @param peers   knows peers
     * @param flags   knows flags
     */
    @Activate
    public Completion(@Reference HybridManager manager, @Reference Peers peers, @Reference FeatureFlags flags) {
        this.manager = manager;
        this.peers = peers;
        this.flags = flags;
    }

    /**
     * Lists what may stand at one place.
     *
     * @param words the command line, command first
     * @param index place of the cursor, 1 for the first argument
     * @return candidates; empty for nothing, and for anything that goes wrong
     */
    @Descriptor("list what may stand at one place of a command line")
    public List<String> candidates(@Descriptor("words of the line") List<?> words, @Descriptor("place") int index) {
        try {
            var command = String.valueOf(words.getFirst()).replaceFirst("^dwcp:", "");
            if (command.equals("image") && index > 1 && "--format".equals(words.get(index - 1))) {
                return ImageCommands.FORMATS;
            }
            var arguments = words.subList(1, Math.min(index, words.size())).stream().map(String::valueOf).filter(word -> !word.startsWith("-")).toList();
            return at(command, arguments).distinct().toList();
        } catch (RuntimeException e) {
            return List.of(); // See the class.
        }
    }

    private Stream<String> at(String command, List<String> before) {
        var place = before.size();
        return switch (command) {
            case "show", "why", "rollback", "unpin", "history", "pause", "resume" -> place == 0 ? slots() : Stream.of();
            case "promote", "rollout", "pin" -> place == 0 ? slots() : place == 1 ? providers(before.getFirst()) : Stream.of();
            case "killswitch" -> place == 0 ? Stream.of("on", "off") : Stream.of();
            case "mode" -> place == 0 ? Stream.of("force", "release")
                    : place == 1 && before.getFirst().equals("force") ? Stream.of("datacenter", "internet", "hybrid") : Stream.of();
            case "flags" -> place == 0 ? Stream.of("set") : place == 1 ? FlagCommands.names(flags.state()) : Stream.of();
            case "peers" -> place == 0 ? Stream.of("add", "remove") : place == 1 ? peers() : Stream.of();
            case "fetch" -> place == 0 ? peers() : Stream.of();
            case "send" -> place > 0 ? peers() : Stream.of();
            case "group" -> place == 0 ? Stream.of("show", "create", "put", "append", "add", "drop", "get", "switch", "members", "approve", "leader", "compact")
                    : place > 1 && before.getFirst().equals("members") || place == 2 && before.getFirst().equals("leader") ? peers()
                    : place == 2 && List.of("switch", "approve").contains(before.getFirst()) ? providers("consensus") : Stream.of();
            case "image" -> place == 0 ? ImageCommands.ACTIONS.stream()
                    : place == switch (before.getFirst()) {
                        case "list" -> 1;
                        case "push", "pull", "verify" -> 2;
                        default -> -1;
                    } ? peers() : Stream.of();
            case "baselines" -> place == 0 ? BaselineCommands.ACTIONS.stream() : Stream.of();
            case "vm" -> place == 0 ? VmCommands.ACTIONS.stream() : place == 2 && before.getFirst().equals("migrate") ? peers() : Stream.of();
            case "gossip" -> place == 0 ? GossipCommands.ACTIONS.stream() : place == 1 && before.getFirst().equals("show") ? peers() : Stream.of();
            case "log" -> place == 0 ? Stream.of("tail") : Stream.of();
            case "help" -> place == 0 ? Manual.pages().stream().map(Manual.Page::name) : Stream.of();
            default -> Stream.of();
        };
    }

    private Stream<String> slots() {
        return manager.list().stream().map(SlotStatus::slot);
    }

    private Stream<String> providers(String slot) {
        return manager.list().stream().filter(status -> status.slot().equals(slot)).flatMap(status -> status.providers().stream()).map(ProviderInfo::name);
    }

    private Stream<String> peers() {
        return peers.list().stream().map(peer -> peer.id().value());
    }
}
