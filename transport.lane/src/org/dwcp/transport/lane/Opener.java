// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;

/** The opener's side of one lane's handshake: check who answers, say hello, wait for the welcome, join the channel. */
final class Opener implements Lane.Events {
    private final LaneChannel channel;
    private final Wire.Hello hello;
    private final Runnable onJoined;
    private final Consumer<TransportException> onFailure;

    Opener(LaneChannel channel, Wire.Hello hello, Runnable onJoined, Consumer<TransportException> onFailure) {
        this.channel = channel;
        this.hello = hello;
        this.onJoined = onJoined;
        this.onFailure = onFailure;
    }

    @Override
    public void onSecure(Lane lane, NodeId peer) {
        if (peer.equals(channel.peer())) {
            lane.control(hello.encode());
        } else {
            lane.abort(new TransportException(Kind.REJECTED, "the certificate there is that of " + peer + ", not of " + channel.peer()));
        }
    }

    @Override
    public void onControl(Lane lane, int type, ByteBuffer body) {
        if (type != Wire.WELCOME) {
            throw new TransportException(Kind.REJECTED, "control frame of type " + type + " instead of a welcome");
        }
        var refusal = Wire.Welcome.decode(body).refusal();
        if (refusal.isPresent()) {
            channel.refused();
            lane.abort(refusal.get());
        } else if (channel.attach(lane)) {
            onJoined.run();
            lane.start();
        } else {
            channel.whenGone(lane::abort); // it is ending in order, and a lane that breaks meanwhile would spoil that for the peer
        }
    }

    @Override
    public void onGone(Lane lane, TransportException why) {
        onFailure.accept(why);
    }

    @Override
    public void onData(Lane lane, ByteBuffer frame) {
        throw new TransportException(Kind.REJECTED, "data before the welcome");
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
