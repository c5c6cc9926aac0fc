// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.Optional;

/**
 * An object of text that can be read, written, and appended to: enough to see lost, doubled, reordered and stale operations. Appends answer the
 * text before them.
 */
public final class Registers implements Linearizability.Model<String, Registers.Input, String> {
    /** What is asked. */
    public sealed interface Input {
        /** Gives the text. */
        record Read() implements Input {
        }

        /**
         * Replaces the text; answers the old one.
         *
         * @param text the new one
         */
        record Write(String text) implements Input {
        }

        /**
         * Adds to the text; answers the old one.
         *
         * @param text what to add
         */
        record Append(String text) implements Input {
        }
    }

    @Override
    public String initial() {
        return "";
    }

    @Override
    public Optional<String> step(String state, Input input, Optional<String> output) {
        if (output.isPresent() && !output.get().equals(state)) {
            return Optional.empty();
        }
        return Optional.of(switch (input) {
            case Input.Read read -> state;
            case Input.Write write -> write.text();
            case Input.Append append -> state + append.text();
        });
    }
}
