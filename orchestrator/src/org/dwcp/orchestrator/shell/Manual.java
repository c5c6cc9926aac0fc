// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;

/**
 * The manual of all commands, read once from the annotations that Gogo reads too: what help prints and what really works cannot differ. Immutable.
 */
public final class Manual {
    private static final Map<String, Page> PAGES = pages(List.of(NodeCommands.class, SlotCommands.class, RolloutCommands.class, FlagCommands.class,
            ModeCommands.class, PeerCommands.class, TransferCommands.class, ImageCommands.class, BaselineCommands.class, VmCommands.class, PluginCommands.class, DoctorCommands.class, GroupCommands.class,
            GossipCommands.class, HelpCommands.class));

    private Manual() {
    }

    /**
     * One command.
     *
     * @param name     its name
     * @param summary  what it does
     * @param words    words after the name
     * @param options  its options
     * @param examples complete commands
     */
    public record Page(String name, String summary, String words, List<Option> options, List<String> examples) {
        /**
         * Gives the command on one line.
         *
         * @return name, words and options
         */
        public String usage() {
            var usage = new StringBuilder("dwcp ").append(name);
            if (!words.isEmpty()) {
                usage.append(' ').append(words);
            }
            options.forEach(option -> usage.append(" [").append(option.names().getFirst()).append(option.flag() ? "" : " VALUE").append(']'));
            return usage.toString();
        }
    }

    /**
     * One option.
     *
     * @param names   its names, the long one first
     * @param flag    true when it takes no value
     * @param meaning what it does
     */
    public record Option(List<String> names, boolean flag, String meaning) {
        /** Copies the list. */
        public Option {
            names = List.copyOf(names);
        }
    }

    /**
     * Looks up a command.
     *
     * @param name its name
     * @return its page, or empty for a name that is none of ours
     */
    public static Optional<Page> page(String name) {
        return Optional.ofNullable(PAGES.get(name));
    }

    /**
     * Lists the commands.
     *
     * @return in order of name
     */
    public static Collection<Page> pages() {
        return PAGES.values();
    }

    private static Map<String, Page> pages(List<Class<?>> nouns) {
        var pages = new TreeMap<String, Page>();
        for (var noun : nouns) {
            for (var method : noun.getDeclaredMethods()) {
                var usage = method.getAnnotation(Usage.class);
                if (usage != null) {
                    pages.put(method.getName(), new Page(method.getName(), method.getAnnotation(Descriptor.class).value(), usage.words(),
                            options(method), List.of(usage.examples())));
                }
            }
        }
        return Collections.unmodifiableMap(pages);
    }

    private static List<Option> options(Method method) {
        var options = new ArrayList<Option>();
        for (var annotations : method.getParameterAnnotations()) {
            var parameter = find(annotations, Parameter.class);
            var meaning = find(annotations, Descriptor.class);
            if (parameter.isPresent()) {
                options.add(new Option(List.of(parameter.get().names()), !parameter.get().presentValue().equals(Parameter.UNSPECIFIED),
                        meaning.map(Descriptor::value).orElse("")));
            }
        }
        return List.copyOf(options);
    }

    private static <A> Optional<A> find(Object[] annotations, Class<A> type) {
        return Arrays.stream(annotations).filter(type::isInstance).map(type::cast).findFirst();
    }
}
