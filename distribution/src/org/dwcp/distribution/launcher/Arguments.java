// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The words behind a command: {@code --option value}, {@code --flag}, and what is neither. Unknown options are refused by name. */
final class Arguments {
    private final Map<String, List<String>> options = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    /**
     * Sorts the words.
     *
     * @param command for messages
     * @param values  options that take a value
     * @param flags   options that take none
     */
    Arguments(String command, List<String> arguments, Set<String> values, Set<String> flags) throws LaunchException {
        for (var index = 0; index < arguments.size(); index++) {
            var word = arguments.get(index);
            if (!word.startsWith("--")) {
                words.add(word);
                continue;
            }
            var cut = word.indexOf('=');
            var name = cut < 0 ? word : word.substring(0, cut);
            if (values.contains(name)) {
                if (cut < 0 && index + 1 == arguments.size()) {
                    throw LaunchException.usage("%s needs a value", name);
                }
                options.computeIfAbsent(name, key -> new ArrayList<>()).add(cut < 0 ? arguments.get(++index) : word.substring(cut + 1));
            } else if (cut < 0 && flags.contains(name)) {
                options.put(name, List.of());
            } else {
                throw LaunchException.usage("%s does not know %s; it knows %s", command, word,
                        String.join(" ", Stream.concat(values.stream(), flags.stream()).sorted().toList()));
            }
        }
    }

    boolean has(String flag) {
        return options.containsKey(flag);
    }

    /** The last value given: a later one overrides. */
    Optional<String> value(String name) {
        return Optional.ofNullable(options.get(name)).map(List::getLast);
    }

    List<String> values(String name) {
        return options.getOrDefault(name, List.of());
    }

    String required(String name) throws LaunchException {
        return value(name).orElseThrow(() -> LaunchException.usage("%s is missing", name));
    }

    List<String> words() {
        return words;
    }
}
