// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.time.Duration;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One transfer on its way. Thread-safe.
 * {@snippet :
 * static boolean done(Transfer transfer) {
 *     return transfer.status().state().ended();
 * }
 * }
 */
@ProviderType
public interface Transfer {
    /**
     * Gives the state now.
     *
     * @return a snapshot
     */
    TransferStatus status();

    /**
     * Waits for the end.
     *
     * @param timeout how long
     * @return the state at the end or at the timeout
     */
    TransferStatus await(Duration timeout);

    /**
     * Changes the limit of its rate; holds at once, and until the transfer or this node ends.
     *
     * @param bytesPerSecondMax as in {@link TransferOptions#bytesPerSecondMax}
     */
    void limit(long bytesPerSecondMax);

    /** Gives it up; what has arrived stays for a resume. */
    void cancel();
}
