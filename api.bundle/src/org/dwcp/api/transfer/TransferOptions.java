// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.time.Duration;
import java.util.Objects;

import org.dwcp.api.Check;

/**
 * How a transfer is to be done. Immutable.
 * {@snippet :
 * TransferOptions named = new TransferOptions("images/debian.img", java.time.Duration.ofMinutes(10));
 * }
 *
 * @param name     path at the receiver with {@code /}, below its inbox; empty text keeps the source's name
 * @param patience how long to go on trying while the peer cannot be reached, 0 to 7 days
 * @param bytesPerSecondMax most bytes of content a second, before encoding, {@link #BYTES_PER_SECOND_LEAST} to {@link #BYTES_PER_SECOND_MOST}; 0 is no limit
 */
public record TransferOptions(String name, Duration patience, long bytesPerSecondMax) {
    /** Lowest limit, 10 kB/s: a chunk then takes half a minute. Source: chosen. */
    public static final long BYTES_PER_SECOND_LEAST = 10_000;
    /** Highest limit, 1 TB/s. Source: chosen; above any line. */
    public static final long BYTES_PER_SECOND_MOST = 1_000_000_000_000L;
    /** Same name, two minutes of patience, no limit. */
    public static final TransferOptions DEFAULT = new TransferOptions("", Duration.ofMinutes(2));

    /** Refuses values out of range. */
    public TransferOptions {
        Objects.requireNonNull(name);
        Check.argument(!patience.isNegative() && patience.compareTo(Duration.ofDays(7)) <= 0, "patience %s is not between 0 and 7 days", patience);
        checkRate(bytesPerSecondMax);
    }

    /**
     * Makes options without a limit of the rate.
     *
     * @param name     path at the receiver
     * @param patience how long to go on trying while the peer cannot be reached
     */
    public TransferOptions(String name, Duration patience) {
        this(name, patience, 0);
    }

    /**
     * Refuses a rate out of range.
     *
     * @param bytesPerSecond bytes a second, 0 for no limit
     * @throws org.dwcp.api.DwcpException of kind REJECTED with the value and the limits
     */
    public static void checkRate(long bytesPerSecond) {
        Check.argument(bytesPerSecond == 0 || bytesPerSecond >= BYTES_PER_SECOND_LEAST && bytesPerSecond <= BYTES_PER_SECOND_MOST,
                "rate of %d bytes a second is not in %d..%d; 0 is no limit", bytesPerSecond, BYTES_PER_SECOND_LEAST, BYTES_PER_SECOND_MOST);
    }
}
