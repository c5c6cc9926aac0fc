// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.time.Duration;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Small requests to a peer and their answers, over whatever transport the route gives. A call that was sent and whose channel broke is repeated on
 * the next provider; the peer remembers for a while what it answered, so that a repeated call is not done twice. Thread-safe.
 * {@snippet :
 * static String ask(Calls calls, String name) {
 *     byte[] answer = calls.call(org.dwcp.api.NodeId.of("lisbon"), "greet", name.getBytes(), java.time.Duration.ofSeconds(2));
 *     return new String(answer);
 * }
 * }
 */
@ProviderType
public interface Calls {
    /** Most bytes of a request and of an answer. Source: one block of 1 MiB; what is larger is a transfer. */
    int BODY_BYTES_MAX = 1 << 20;

    /**
     * Calls a method of a peer. Blocks until the answer is there.
     *
     * @param peer    the peer; the own name calls this node itself
     * @param method  name of a {@link CallHandler} there
     * @param body    at most {@link #BODY_BYTES_MAX} bytes
     * @param timeout longest time, 1 ms to 5 min
     * @return the answer
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when the peer cannot be reached, RETRY when it did not answer in time or is busy; or
     *         what the handler threw, with its kind
     */
    byte[] call(NodeId peer, String method, byte[] body, Duration timeout);
}
