// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.Objects;

import org.dwcp.api.hybrid.NetworkMode;

/**
 * The mode that a link's keys follow, or the two modes between which they are being moved. Immutable.
 *
 * @param from    mode of the keys that have not moved yet
 * @param to      mode of those that have
 * @param percent share of the keys that have moved, 0 to 100
 * @param salt    decides who is in the first percent; another one for each move
 * @param note    what to say beyond that, empty text for nothing
 */
public record LinkMode(Kind from, Kind to, int percent, String salt, String note) {
    /** A mode as the mapping needs it. */
    public record Kind(NetworkMode mode, boolean detected) {
        /** Refuses a missing mode. */
        public Kind {
            Objects.requireNonNull(mode);
        }

        /** Returns the generation that it maps to. */
        public Generation generation() {
            return detected && mode != NetworkMode.DATACENTER ? Generation.V3 : Generation.V1;
        }

        @Override
        public String toString() {
            return mode.label() + (detected ? "" : " (undetected)");
        }
    }

    /** Refuses missing parts. */
    public LinkMode {
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
        Objects.requireNonNull(salt);
        Objects.requireNonNull(note);
    }

    /** Makes the mode of a link that is not being moved. */
    public static LinkMode settled(Kind mode) {
        return new LinkMode(mode, mode, 100, "", "");
    }

    /** Says it in words. */
    String inWords() {
        String text = percent == 100 ? to + " maps to " + to.generation().label()
                : from + " maps to " + from.generation().label() + ", " + percent + " % of the keys follow " + to + " to " + to.generation().label();
        return note.isEmpty() ? text : text + "; " + note;
    }
}
