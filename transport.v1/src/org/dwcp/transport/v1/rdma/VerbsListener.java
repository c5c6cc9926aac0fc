// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;

import org.dwcp.transport.v1.rdma.RdmaSockets.Tuning;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A socket that listens: ids of peers who ask wait here until they are taken. */
final class VerbsListener implements VerbsHub.Member {
    private static final Logger LOG = LoggerFactory.getLogger(VerbsListener.class);
    /** Peers that wait to be accepted. Source: as {@link NativeSockets}. */
    static final int BACKLOG = 128;

    private final VerbsHub hub;
    private final Tuning tuning;
    private final ArrayBlockingQueue<Long> requests = new ArrayBlockingQueue<>(BACKLOG);
    final long id;

    VerbsListener(VerbsHub hub, long id, Tuning tuning) {
        this.hub = hub;
        this.id = id;
        this.tuning = tuning;
    }

    @Override
    public void event(int type) {
        // A device that goes away is noticed by its port's state.
    }

    @Override
    public boolean request(long asking) {
        return requests.offer(asking);
    }

    boolean hasRequest() {
        return !requests.isEmpty();
    }

    /** Takes a connection, or gives {@link RdmaSockets#LATER}. One that cannot be had is refused, and the next one taken. */
    int accept() {
        for (var asking = requests.poll(); asking != null; asking = requests.poll()) {
            try {
                return VerbsStream.accept(hub, asking, tuning);
            } catch (IOException e) {
                LOG.warn("rdma connection refused reason=\"{}\"", e.getMessage());
            }
        }
        return RdmaSockets.LATER;
    }

    @Override
    public void close() {
        hub.destroyId(id); // nobody asks any more
        for (var asking = requests.poll(); asking != null; asking = requests.poll()) {
            hub.destroyId(asking);
        }
        hub.leave();
    }
}
