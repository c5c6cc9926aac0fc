// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of offsets, kept as disjoint ranges that do not touch. Not thread-safe: its owner's lock guards it. Adding a range costs the logarithm of
 * the number of ranges, which is small because flows travel nearly in order.
 */
public final class Ranges {
    private final TreeMap<Long, Long> ends = new TreeMap<>();
    private long bytes;

    /** Adds a range; parts that are in already count once. */
    public void add(long start, long end) {
        if (end <= start) {
            return;
        }
        long from = start;
        long to = end;
        Map.Entry<Long, Long> left = ends.floorEntry(start);
        if (left != null && left.getValue() >= start) {
            from = left.getKey();
            to = Math.max(to, left.getValue());
        }
        var touched = ends.subMap(from, true, to, true).entrySet().iterator();
        while (touched.hasNext()) {
            Map.Entry<Long, Long> old = touched.next();
            to = Math.max(to, old.getValue());
            bytes -= old.getValue() - old.getKey();
            touched.remove();
        }
        // The end may have grown over ranges that begin behind the first guess.
        for (Map.Entry<Long, Long> right = ends.floorEntry(to); right != null && right.getKey() > from; right = ends.floorEntry(to)) {
            to = Math.max(to, right.getValue());
            bytes -= right.getValue() - right.getKey();
            ends.remove(right.getKey());
        }
        ends.put(from, to);
        bytes += to - from;
    }

    /** Adds all ranges of another set. */
    public void addAll(Iterable<Range> others) {
        others.forEach(range -> add(range.start(), range.end()));
    }

    /** Takes a range out. */
    public void remove(long start, long end) {
        if (end <= start) {
            return;
        }
        Map.Entry<Long, Long> left = ends.lowerEntry(start);
        long leftEnd = left == null ? start : left.getValue();
        if (leftEnd > start) {
            ends.put(left.getKey(), start);
            bytes -= leftEnd - start;
            if (leftEnd > end) {
                ends.put(end, leftEnd);
                bytes += leftEnd - end;
                return;
            }
        }
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(start); next != null && next.getKey() < end; next = ends.ceilingEntry(start)) {
            ends.remove(next.getKey());
            bytes -= next.getValue() - next.getKey();
            if (next.getValue() > end) {
                ends.put(end, next.getValue());
                bytes += next.getValue() - end;
                return;
            }
        }
    }

    /** Forgets everything. */
    public void clear() {
        ends.clear();
        bytes = 0;
    }

    /** Whether the whole range is in. */
    public boolean contains(long start, long end) {
        Map.Entry<Long, Long> floor = ends.floorEntry(start);
        return floor != null && floor.getValue() >= end;
    }

    /** First offset at or behind this one that is not in. */
    public long nextGap(long from) {
        Map.Entry<Long, Long> floor = ends.floorEntry(from);
        return floor != null && floor.getValue() > from ? floor.getValue() : from;
    }

    /** First offset behind this one that is in, or {@link Long#MAX_VALUE}. */
    public long nextStart(long from) {
        Long start = ends.higherKey(from);
        return start == null ? Long.MAX_VALUE : start;
    }

    /** The parts of a range that are not in. */
    public List<Range> missing(long start, long end) {
        List<Range> parts = new ArrayList<>(1);
        for (long at = nextGap(start); at < end; at = nextGap(at)) {
            long to = Math.min(end, nextStart(at));
            parts.add(new Range(at, to));
            at = to;
        }
        return parts;
    }

    /** Where the range that begins at 0 ends; 0 when there is none. */
    public long contiguous() {
        return nextGap(0);
    }

    /** Sum of all ranges. */
    public long bytes() {
        return bytes;
    }

    /** Number of ranges. */
    public int count() {
        return ends.size();
    }

    /** The first ranges at or behind an offset. */
    public List<Range> list(long from, int most) {
        List<Range> list = new ArrayList<>(Math.min(most, ends.size()));
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(from); next != null && list.size() < most; next = ends.higherEntry(next.getKey())) {
            list.add(new Range(next.getKey(), next.getValue()));
        }
        return list;
    }

    @Override
    public String toString() {
        return ends.toString();
    }
}
