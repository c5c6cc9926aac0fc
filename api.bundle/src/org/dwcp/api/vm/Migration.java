// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.vm;

import java.time.Duration;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest on its way. Thread-safe.
 * {@snippet :
 * static boolean arrived(Migration migration) {
 *     return migration.status().state() == org.dwcp.api.transfer.TransferStatus.State.DONE;
 * }
 * }
 */
@ProviderType
public interface Migration {
    /**
     * Gives the state now.
     *
     * @return a snapshot
     */
    MigrationStatus status();

    /**
     * Waits for the end.
     *
     * @param timeout how long
     * @return the state at the end or at the timeout
     */
    MigrationStatus await(Duration timeout);

    /**
     * Gives it up; the guest runs on here. Once it was handed over that is too late, and the move comes to its end.
     *
     * @return false when it is too late, or over
     */
    boolean cancel();
}
