// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import java.time.Duration;
import java.util.Objects;

import org.dwcp.api.Check;

/**
 * How a channel is to be opened. Immutable.
 * {@snippet :
 * OpenOptions bulk = new OpenOptions(OpenOptions.Order.UNORDERED, java.time.Duration.ofSeconds(5));
 * }
 *
 * @param order   whether frames must arrive in the order they were sent
 * @param timeout longest time until it is open, 1 ms to 5 min
 */
public record OpenOptions(Order order, Duration timeout) {
    /** Ordered, 10 s. */
    public static final OpenOptions DEFAULT = new OpenOptions(Order.ORDERED, Duration.ofSeconds(10));

    /** Order of a channel's frames. */
    public enum Order {
        /** As sent; the channel uses one lane. */
        ORDERED,
        /** As they come; the channel uses as many lanes as the provider finds worth it. For protocols that number their frames. */
        UNORDERED
    }

    /** Refuses a timeout out of bounds. */
    public OpenOptions {
        Objects.requireNonNull(order);
        Check.argument(timeout.toMillis() >= 1 && timeout.compareTo(Duration.ofMinutes(5)) <= 0, "open timeout %s is not between 1 ms and 5 min",
                timeout);
    }
}
