// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Places that runs should get to. A simulation that never changes a leader proves nothing about changing leaders: after all seeds a test asks
 * which places nobody saw. Thread-safe.
 */
public final class Sometimes {
    private final Map<String, LongAdder> seen = new ConcurrentHashMap<>();

    /**
     * A run got there.
     *
     * @param place its name
     */
    public void reached(String place) {
        seen.computeIfAbsent(place, ignored -> new LongAdder()).increment();
    }

    /**
     * A run got there if this is so.
     *
     * @param isSo  whether
     * @param place its name
     */
    public void reachedIf(boolean isSo, String place) {
        if (isSo) {
            reached(place);
        }
    }

    /**
     * Asks which places nobody has seen.
     *
     * @param wanted names
     * @return those of them that were never reached
     */
    public List<String> missing(Collection<String> wanted) {
        return wanted.stream().filter(place -> !seen.containsKey(place)).sorted().toList();
    }

    /**
     * Gives how often each place was seen.
     *
     * @return by name
     */
    public Map<String, Long> counts() {
        var counts = new TreeMap<String, Long>();
        seen.forEach((place, count) -> counts.put(place, count.sum()));
        return counts;
    }
}
