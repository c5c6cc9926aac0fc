// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Answers small requests of peers. Register it as an OSGi service with {@link #METHOD}. Called concurrently, on threads that may block.
 * {@snippet :
 * CallHandler greet = (peer, body) -> ("hello " + new String(body) + " at " + peer).getBytes();
 * }
 */
@ConsumerType
@FunctionalInterface
public interface CallHandler {
    /** Service property, String: name of the method, 1 to 64 characters of {@code a-z 0-9 . -}. Mandatory. */
    String METHOD = "dwcp.method";
    /**
     * Service property, Boolean, optional: true when the handler never blocks, calls nobody and takes some microseconds. Then a transport's thread
     * calls it, which saves two changes of thread; one that takes long holds up everything else on that thread.
     */
    String DIRECT = "dwcp.method.direct";

    /**
     * Answers one request. The same request is not given twice while this node remembers its answer.
     *
     * @param peer who asks; authenticated
     * @param body what it asks, at most {@link Calls#BODY_BYTES_MAX} bytes
     * @return the answer, at most {@link Calls#BODY_BYTES_MAX} bytes
     * @throws org.dwcp.api.DwcpException goes to the caller with kind and message
     */
    byte[] handle(NodeId peer, byte[] body);
}
