// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The sender's book: which bytes are acknowledged, which are on their way and over what, which are still to be sent. Pure and not thread-safe:
 * {@link FlowSender} guards it. Invariants:
 *
 * <ul>
 * <li>{@code covered} = acknowledged ∪ taken ∪ sent; what is not covered is to be sent, lowest offset first.
 * <li>Taken and sent pieces are disjoint, so that a byte is on its way at most once over ways that live.
 * <li>The bytes of sent pieces stay within the window, which begins small and doubles whenever it was the limit.
 * <li>No piece is sent that ends further ahead of the contiguous acknowledged bytes than the receiver accepts. That is another limit than the window:
 * when one chunk is late and those behind it are acknowledged, few bytes are on their way and the receiver's reach is used up all the same.
 * </ul>
 *
 * @param <W> the way a piece was sent over
 */
final class SendLedger<W> {
    /** Window at the start. Source: chosen; 1 Gbit/s at 30 ms. */
    static final long WINDOW_START = 4 << 20;
    private static final int LANE_UNKNOWN = -1;

    private final int chunkBytes;
    private final long windowLimit;
    private final Ranges acked = new Ranges();
    private final Ranges covered = new Ranges();
    private final Map<Long, Long> taken = new HashMap<>();
    private final TreeMap<Long, Sent<W>> sent = new TreeMap<>();
    private final Map<W, Integer> unacked = new HashMap<>();
    private long onTheWay;
    private long scan;
    private long window;
    private long windowMax;
    private long reach = FlowSettings.WINDOW_BYTES_LIMIT;
    private boolean limited;
    private long total;

    SendLedger(int chunkBytes, long windowLimit, long total) {
        this.chunkBytes = chunkBytes;
        this.windowLimit = windowLimit;
        this.total = total;
        windowMax = windowLimit;
        window = Math.min(windowLimit, WINDOW_START);
    }

    /** Takes the lowest piece that is to be sent, at most one chunk and below the limit; empty when there is none or the window is full. */
    Optional<Range> take(long limit) {
        scan = covered.nextGap(scan);
        long below = Math.min(Math.min(total < 0 ? Long.MAX_VALUE : total, limit), acceptedEnd());
        if (scan >= below) {
            return Optional.empty();
        }
        if (onTheWay + chunkBytes > window) {
            limited = true;
            return Optional.empty();
        }
        long aligned = (scan / chunkBytes + 1) * chunkBytes;
        Range piece = new Range(scan, Math.min(Math.min(aligned, below), covered.nextStart(scan)));
        covered.add(piece.start(), piece.end());
        taken.put(piece.start(), piece.end());
        onTheWay += piece.bytes();
        return Optional.of(piece);
    }

    /** Gives the end of a taken piece back, from an offset on. */
    void untake(Range piece, long from) {
        taken.remove(piece.start());
        onTheWay -= piece.bytes();
        if (from > piece.start()) {
            taken.put(piece.start(), from);
            onTheWay += from - piece.start();
        }
        uncover(from, piece.end());
    }

    /** A source without a total has come to its end. */
    void total(long bytes) {
        total = bytes;
    }

    long total() {
        return total;
    }

    /**
     * A taken piece goes over a way; false when it need not, because it was acknowledged meanwhile, and when the receiver that came back with less
     * would refuse it: then it is to be sent later.
     */
    boolean send(long start, W way) {
        Long end = taken.remove(start);
        if (end == null) {
            return false;
        }
        boolean known = acked.contains(start, end);
        if (known || end > acceptedEnd()) {
            onTheWay -= end - start;
            if (!known) {
                uncover(start, end);
            }
            return false;
        }
        sent.put(start, new Sent<>((int) (end - start), way, LANE_UNKNOWN));
        unacked.merge(way, 1, Integer::sum);
        return true;
    }

    /** Where a piece must end that the receiver is to accept, see {@link ReceiveLedger#arrived}. What it acknowledged it has, so it accepts this or more. */
    private long acceptedEnd() {
        return reach < FlowSettings.WINDOW_BYTES_LIMIT ? acked.contiguous() + reach : Long.MAX_VALUE;
    }

    /** The receiver says anew what it has; what it lost since is to be sent again. */
    void restart(List<Range> have, long windowBytes) {
        acked.clear();
        covered.clear();
        taken.forEach(covered::add);
        sent.forEach((start, chunk) -> covered.add(start, start + chunk.bytes));
        reach = windowBytes;
        windowMax = Math.clamp(windowBytes, chunkBytes, windowLimit);
        window = Math.min(window, windowMax);
        have.forEach(range -> settle(range.start(), range.end()));
        scan = 0;
    }

    /** Notes an acknowledgement; true when it told something new. */
    boolean acknowledge(long contiguous, List<Range> ranges) {
        long before = acked.bytes();
        settle(0, contiguous);
        ranges.forEach(range -> settle(range.start(), range.end()));
        if (acked.bytes() == before) {
            return false;
        }
        if (limited) {
            limited = false;
            window = Math.min(windowMax, window * 2);
        }
        return true;
    }

    private void settle(long start, long end) {
        if (end <= start || acked.contains(start, end)) {
            return;
        }
        acked.add(start, end);
        covered.add(start, end);
        // Also the piece that begins below and is whole only now.
        Long first = sent.lowerKey(start);
        sent.subMap(first == null ? start : first, true, end, false).entrySet().removeIf(entry -> {
            Sent<W> chunk = entry.getValue();
            boolean whole = acked.contains(entry.getKey(), entry.getKey() + chunk.bytes);
            if (whole) {
                arrived(chunk);
            }
            return whole;
        });
    }

    private void arrived(Sent<W> chunk) {
        onTheWay -= chunk.bytes;
        unacked.computeIfPresent(chunk.way, (_, count) -> count == 1 ? null : count - 1);
    }

    /** A sent piece could not be used there: it is to be sent again. */
    void refused(long start) {
        Sent<W> chunk = sent.remove(start);
        if (chunk != null) {
            arrived(chunk);
            uncover(start, start + chunk.bytes);
        }
    }

    /** A sent piece travels on this lane of its way; it may have arrived, or gone over another way, by now. */
    void onLane(long start, W way, int lane) {
        sent.computeIfPresent(start, (_, chunk) -> chunk.way.equals(way) ? new Sent<>(chunk.bytes, way, lane) : chunk);
    }

    /** A way is gone: what was sent over it and not acknowledged is to be sent again. */
    void lost(W way) {
        lost(chunk -> chunk.way.equals(way));
    }

    /** One lane of a way is gone: the same for what it carried. */
    void lost(W way, int lane) {
        lost(chunk -> chunk.lane == lane && chunk.way.equals(way));
    }

    private void lost(Predicate<Sent<W>> gone) {
        sent.entrySet().removeIf(entry -> {
            Sent<W> chunk = entry.getValue();
            if (!gone.test(chunk)) {
                return false;
            }
            arrived(chunk);
            uncover(entry.getKey(), entry.getKey() + chunk.bytes);
            return true;
        });
    }

    private void uncover(long start, long end) {
        acked.missing(start, end).forEach(range -> covered.remove(range.start(), range.end()));
        scan = Math.min(scan, start);
    }

    /** Pieces on their way over this one. */
    int unacked(W way) {
        return unacked.getOrDefault(way, 0);
    }

    long contiguous() {
        return acked.contiguous();
    }

    long ackedBytes() {
        return acked.bytes();
    }

    /** Bytes taken or sent and not acknowledged. */
    long onTheWay() {
        return onTheWay;
    }

    private record Sent<W>(int bytes, W way, int lane) {
    }
}
