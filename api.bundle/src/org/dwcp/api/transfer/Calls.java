// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.DwcpException;
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

    /**
     * Calls a method of a peer and does not wait: for many calls under way at once. What is hung on the stage may run on a transport's thread:
     * it does little and never blocks. The default blocks and gives a stage that is over.
     *
     * @param peer    as in {@link #call}
     * @param method  as there
     * @param body    as there; not to be changed before the stage is over
     * @param timeout as there, exact to some tens of milliseconds
     * @return the answer, or an exception as in {@link #call}
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a wrong argument, RETRY when too many calls are under way on this node
     */
    default CompletionStage<byte[]> send(NodeId peer, String method, byte[] body, Duration timeout) {
        try {
            return CompletableFuture.completedStage(call(peer, method, body, timeout));
        } catch (DwcpException e) {
            return CompletableFuture.failedStage(e);
        }
    }
}
