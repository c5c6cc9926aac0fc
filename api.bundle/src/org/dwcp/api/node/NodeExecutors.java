// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.util.concurrent.Executor;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Bounded executors shared by the node's parts. They cannot be shut down by who uses them. Thread-safe.
 * {@snippet :
 * static void later(NodeExecutors executors, Runnable work) {
 *     executors.cpu().execute(work);
 * }
 * }
 */
@ProviderType
public interface NodeExecutors {
    /**
     * Gives the executor for work that computes: one thread a core, bounded queue. When the queue is full the caller's thread does the work,
     * which is the back-pressure.
     *
     * @return the executor
     */
    Executor cpu();

    /**
     * Gives the number of threads of {@link #cpu()}.
     *
     * @return 1 or more
     */
    int cpuThreads();
}
