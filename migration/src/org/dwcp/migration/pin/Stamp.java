// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.pin;

import java.util.Comparator;

import org.dwcp.api.NodeId;

/**
 * When something was said: a hybrid logical clock, so that a word is later than all that its speaker had heard, whatever the clocks say. No two are equal, as a node gives each once.
 * Source: Kulkarni and others, "Logical Physical Clocks", 2014, section 3. Immutable.
 *
 * @param ms      milliseconds since 1970
 * @param counter orders those of one millisecond, from 0
 * @param node    who said it; decides between equals
 */
record Stamp(long ms, int counter, NodeId node) implements Comparable<Stamp> {
    private static final Comparator<Stamp> ORDER = Comparator.comparingLong(Stamp::ms).thenComparingInt(Stamp::counter).thenComparing(stamp -> stamp.node().value());

    @Override
    public int compareTo(Stamp other) {
        return ORDER.compare(this, other);
    }

    /** A stamp of a node that is later than this one, and not before its clock. */
    Stamp next(long nowMs, NodeId self) {
        return nowMs > ms ? new Stamp(nowMs, 0, self) : counter < Integer.MAX_VALUE ? new Stamp(ms, counter + 1, self) : new Stamp(ms + 1, 0, self);
    }
}
