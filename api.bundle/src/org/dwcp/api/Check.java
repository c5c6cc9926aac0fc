// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

/**
 * Checks that stay on in production: the caller's faults and our own. Thread-safe, no state.
 * {@snippet :
 * int share = 42;
 * Check.argument(share >= 0 && share <= 100, "share %d is not in 0..100; give a percentage", share);
 * }
 */
public final class Check {
    private Check() {
    }

    /**
     * Refuses a caller's mistake.
     *
     * @param holds   what must be true
     * @param message what failed, the value, the limit, what to do; a {@link String#format} pattern
     * @param values  the pattern's values; formatted only when the check fails
     * @throws DwcpException of kind REJECTED when it does not hold
     */
    public static void argument(boolean holds, String message, Object... values) {
        if (!holds) {
            throw new DwcpException(DwcpException.Kind.REJECTED, String.format(message, values));
        }
    }

    /**
     * Stops at a broken invariant of our own.
     *
     * @param holds   what must be true
     * @param message what was broken; a {@link String#format} pattern
     * @param values  the pattern's values; formatted only when the check fails
     * @throws DwcpException of kind BROKEN when it does not hold
     */
    public static void state(boolean holds, String message, Object... values) {
        if (!holds) {
            throw new DwcpException(DwcpException.Kind.BROKEN, String.format(message, values));
        }
    }
}
