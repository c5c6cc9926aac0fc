// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import org.dwcp.api.hybrid.SwapRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small changes to swap records, and their one line in the log. */
final class Records {
    private static final Logger LOG = LoggerFactory.getLogger("org.dwcp.orchestrator.swap");

    private Records() {
    }

    static SwapRecord withError(SwapRecord s, String error) {
        return new SwapRecord(s.id(), s.slot(), s.from(), s.to(), s.share(), s.trigger(), s.reason(), s.mode(), s.at(), s.toCommit(), s.drain(),
                s.drained(), s.aborted(), s.outcome(), s.error().isEmpty() ? error : s.error() + "; " + error);
    }

    /** Returns the line, one key=value each; texts in quotes. */
    static String line(SwapRecord s) {
        return String.format("swap slot=%s from=%s to=%s share=%d trigger=%s reason='%s' mode=%s commitMs=%.3f drainMs=%.3f drained=%d aborted=%d"
                + " outcome=%s swapId=%s%s", s.slot(), s.from(), s.to(), s.share(), s.trigger(), s.reason(), s.mode().label(),
                s.toCommit().toNanos() / 1e6, s.drain().toNanos() / 1e6, s.drained(), s.aborted(), s.outcome(), s.id(),
                s.error().isEmpty() ? "" : " error='" + s.error() + "'");
    }

    static void log(SwapRecord swap) {
        if (swap.outcome() == SwapRecord.Outcome.UNDONE || !swap.error().isEmpty() || swap.aborted() > 0) {
            LOG.warn("{}", line(swap));
        } else {
            LOG.info("{}", line(swap));
        }
    }
}
