// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.transfer.TransferOptions;

/**
 * The words of a command line that are no options, checked for number. Options are taken out by Gogo before; one that is left is unknown. All checks
 * end in a {@link UsageException} that says what there is to choose from.
 */
final class Words {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,7})([smhd]?)");
    private static final Pattern RATE = Pattern.compile("([0-9]{1,10})([kMG]?)");

    private final String command;
    private final List<String> words;

    private Words(String command, List<String> words) {
        this.command = command;
        this.words = words;
    }

    static Words of(String command, String[] words, int min, int max, String candidates) {
        for (var word : words) {
            if (word.startsWith("-") && word.length() > 1) {
                throw new UsageException(command, command + " has no option '" + word + "'");
            }
        }
        if (words.length < min || words.length > max) {
            throw new UsageException(command, command + (words.length < min ? " needs more words" : " takes fewer words than " + words.length)
                    + (candidates.isEmpty() ? "" : "; " + candidates));
        }
        return new Words(command, List.of(words));
    }

    String at(int index) {
        return words.get(index);
    }

    int count() {
        return words.size();
    }

    boolean isEmpty() {
        return words.isEmpty();
    }

    /** The word, which must be one of those given. */
    String oneOf(int index, Collection<String> choices) {
        if (!choices.contains(words.get(index))) {
            throw new UsageException(command, "'" + words.get(index) + "' is none of " + String.join(", ", choices));
        }
        return words.get(index);
    }

    static int number(String command, String option, String value, int min, int max) {
        try {
            var number = Integer.parseInt(value.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, together with the limits.
        }
        throw new UsageException(command, option + " '" + value + "' is not a whole number from " + min + " to " + max);
    }

    /** Bytes a second as people write them: {@code 500k}, {@code 20M}, {@code 1G}, in powers of 1000; {@code 0} is no limit. */
    static long rate(String command, String option, String value) {
        var found = RATE.matcher(value.strip());
        var least = TransferOptions.BYTES_PER_SECOND_LEAST;
        var most = TransferOptions.BYTES_PER_SECOND_MOST;
        if (found.matches()) {
            var rate = Long.parseLong(found.group(1)) * switch (found.group(2)) {
                case "k" -> 1_000;
                case "M" -> 1_000_000;
                case "G" -> 1_000_000_000;
                default -> 1;
            };
            if (rate == 0 || rate >= least && rate <= most) {
                return rate;
            }
        }
        throw new UsageException(command, option + " '" + value + "' is no rate from " + least + " to " + most
                + " bytes a second; write 500k, 20M or 1G, or 0 for no limit");
    }

    /** Percentages with commas between: {@code 10,50,100}. What they must be beyond whole numbers, who takes them says. */
    static List<Integer> percents(String command, String option, String value) {
        return Stream.of(value.split(",", RolloutPlan.STEPS_MAX + 1)).map(percent -> number(command, option, percent, 1, 100)).toList();
    }

    /** A time as people write it: {@code 30s}, {@code 10m}, {@code 2h}, {@code 1d}; a bare number is seconds. */
    static Duration time(String command, String option, String value) {
        var found = TIME.matcher(value.strip());
        if (!found.matches()) {
            throw new UsageException(command, option + " '" + value + "' is no time; write 30s, 10m, 2h or 1d");
        }
        var count = Long.parseLong(found.group(1));
        return switch (found.group(2)) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofSeconds(count);
        };
    }

    static Duration seconds(String command, String option, String value, int max) {
        return Duration.ofSeconds(number(command, option, value, 1, max));
    }

    /** A path as the client meant it: relative to where the client stands, not to where the node was started. */
    static Path path(String command, CommandSession session, String word) {
        try {
            return session.currentDir().resolve(word).normalize();
        } catch (InvalidPathException e) {
            throw new UsageException(command, "'" + word + "' is no path: " + e.getReason());
        }
    }
}
