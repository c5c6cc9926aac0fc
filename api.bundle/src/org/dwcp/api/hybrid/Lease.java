// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The right to use one provider for one piece of work. Use it in a try block; do not keep the provider after {@link #close()}.
 * Thread-safe; close is counted once.
 * {@snippet :
 * static long encodeAll(Route<org.dwcp.api.encoding.Encoding> route, RouteKey key) {
 *     try (Lease<org.dwcp.api.encoding.Encoding> lease = route.lease(key)) {
 *         return lease.provider().codecId();
 *     }
 * }
 * }
 *
 * @param <T> the slot's interface
 */
@ProviderType
public interface Lease<T> extends AutoCloseable {
    /**
     * Gives the leased provider.
     *
     * @return the provider
     */
    T provider();

    /**
     * Gives the provider's name.
     *
     * @return for example {@code transport.v3}
     */
    String providerName();

    /**
     * Tells whether the route would still hand out this provider for the lease's key. Long work asks between its steps (one volatile read)
     * and moves over when it is false, so that the old provider can drain.
     *
     * @return false when the traffic of this key has moved
     */
    boolean isCurrent();

    /**
     * Reports that the provider failed in this work; feeds its breaker. Errors of kind REJECTED and RETRY are ignored.
     *
     * @param failure what happened
     */
    void failed(Throwable failure);

    /**
     * Tells how far the work has come, so that a gradual move can compare before and after. Long work with a peer calls it as its bytes are known to
     * have arrived; what is never told is not judged. Does nothing by default.
     *
     * @param bytes useful bytes since the last call, before any encoding, 0 or more
     */
    default void progress(long bytes) {
    }

    /** Ends the work. The first call counts, others do nothing. */
    @Override
    void close();
}
