// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.time.Duration;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Work on an image on its way. Thread-safe.
 * {@snippet :
 * static boolean done(ImageTask task) {
 *     return task.status().state().ended();
 * }
 * }
 */
@ProviderType
public interface ImageTask {
    /**
     * Gives the state now.
     *
     * @return a snapshot
     */
    ImageStatus status();

    /**
     * Waits for the end.
     *
     * @param timeout how long
     * @return the state at the end or at the timeout
     */
    ImageStatus await(Duration timeout);

    /** Gives it up; what has arrived stays for the next try. */
    void cancel();
}
