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
 */
public record TransferOptions(String name, Duration patience) {
    /** Same name, two minutes of patience. */
    public static final TransferOptions DEFAULT = new TransferOptions("", Duration.ofMinutes(2));

    /** Refuses values out of range. */
    public TransferOptions {
        Objects.requireNonNull(name);
        Check.argument(!patience.isNegative() && patience.compareTo(Duration.ofDays(7)) <= 0, "patience %s is not between 0 and 7 days", patience);
    }
}
