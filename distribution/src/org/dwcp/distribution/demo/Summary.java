// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.util.List;

/**
 * What the demonstration ends with.
 *
 * @param files        files that the senders were told have arrived
 * @param bytes        their bytes, as found at the receivers
 * @param calls        calls answered rightly
 * @param failedCalls  calls that failed or were answered wrongly
 * @param lostBytes    bytes of sent files that are not at the receiver
 * @param corruptFiles files whose hash at the receiver differs from the source's
 * @param swaps        committed swaps of a slot, all nodes
 * @param fallbacks    swaps away from a failed provider
 * @param recoveries   swaps back to one that works again
 * @param killSwitchMs from the command until the last node's traffic was on v1; -1 when it was not reached
 * @param faults       what was not as it must be, in words; empty when all is well
 */
record Summary(long files, long bytes, long calls, long failedCalls, long lostBytes, long corruptFiles, long swaps, long fallbacks, long recoveries,
        long killSwitchMs, List<String> faults) {
    /** Fewer swaps than this mean that the script did not do its work. Source: the demonstration's own acceptance. */
    static final long SWAPS_MIN = 20;
    /** The kill switch must be faster. Source: as above. */
    static final long KILL_SWITCH_MS_MAX = 1_000;

    boolean ok() {
        return faults.isEmpty();
    }

    String json() {
        return ("{\"files\":%d,\"bytes\":%d,\"calls\":%d,\"failedCalls\":%d,\"lostBytes\":%d,\"corruptFiles\":%d,\"swaps\":%d,\"fallbacks\":%d,"
                + "\"recoveries\":%d,\"killSwitchMs\":%d,\"verdict\":\"%s\"}").formatted(files, bytes, calls, failedCalls, lostBytes, corruptFiles, swaps,
                fallbacks, recoveries, killSwitchMs, ok() ? "OK" : "FAILED: " + String.join("; ", faults).replaceAll("[\"\\\\\\p{Cntrl}]", " "));
    }

    String words() {
        return ("%,d files with %,d bytes arrived, %,d lost bytes, %,d corrupt files. %,d calls answered, %,d failed.%n"
                + "%,d swaps, %,d fallbacks, %,d recoveries; the kill switch took %,d ms. %s").formatted(files, bytes, lostBytes, corruptFiles, calls, failedCalls,
                swaps, fallbacks, recoveries, killSwitchMs, ok() ? "Verdict: OK" : "Verdict: FAILED: " + String.join("; ", faults));
    }
}
