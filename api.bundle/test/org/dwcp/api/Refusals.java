// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Checks that a value out of bounds is refused in words that help. */
public final class Refusals {
    private Refusals() {
    }

    /** Passes when the call is refused with kind REJECTED and a message with all these parts. */
    public static void assertRejected(ThrowingCallable call, String... parts) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(DwcpException.class, refused -> {
            assertThat(refused.kind()).isEqualTo(DwcpException.Kind.REJECTED);
            assertThat(refused).hasMessageContainingAll(parts);
        });
    }
}
