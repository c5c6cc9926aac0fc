// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Future;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;

/** The acceptor's side of one lane's handshake. A connection that does not say hello in time is closed. */
final class Acceptor implements Lane.Events {
    private final Doorman doorman;
    private final Counters counters;
    private NodeId peer;
    private boolean asked;
    private boolean done;
    private Future<?> timer;

    Acceptor(Doorman doorman, Counters counters) {
        this.doorman = doorman;
        this.counters = counters;
    }

    /** Sets the timer that ends the handshake. */
    void deadline(Future<?> timer) {
        this.timer = timer;
    }

    /** The time for the handshake is over. */
    void onTimeout(Lane lane) {
        if (!done) {
            counters.count(Trouble.HANDSHAKE_TIMEOUT);
            lane.abort(new TransportException(Kind.UNAVAILABLE, "handshake took too long"));
        }
    }

    @Override
    public void onSecure(Lane lane, NodeId who) {
        peer = who;
    }

    @Override
    public void onControl(Lane lane, int type, ByteBuffer body) {
        if (type != Wire.HELLO || peer == null || asked) {
            throw new TransportException(Kind.REJECTED, "control frame of type " + type + " where one hello was due");
        }
        asked = true;
        try {
            doorman.admit(lane, peer, Wire.Hello.decode(body), refusal -> answer(lane, refusal));
        } catch (TransportException e) {
            answer(lane, Optional.of(e));
        }
    }

    private void answer(Lane lane, Optional<TransportException> refusal) {
        finished();
        var welcome = new Wire.Welcome(refusal).encode();
        if (refusal.isPresent()) {
            counters.count(Trouble.OPEN_REFUSED);
            lane.refuse(welcome);
        } else {
            lane.control(welcome);
            lane.start();
        }
    }

    @Override
    public void onGone(Lane lane, TransportException why) {
        finished();
    }

    private void finished() {
        done = true;
        timer.cancel(false);
    }

    @Override
    public void onData(Lane lane, ByteBuffer frame) {
        throw new TransportException(Kind.REJECTED, "data before the hello");
    }

    @Override
    public void onRoom(Lane lane) {
        // nothing is queued before the lane joins
    }

    @Override
    public void onEnded(Lane lane) {
        // nothing is queued before the lane joins
    }
}
