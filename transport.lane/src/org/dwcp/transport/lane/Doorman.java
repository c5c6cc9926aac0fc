// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides on lanes that peers open. The first lane of a channel to say hello founds it and asks the protocol handler, once; the others wait for
 * that decision and join. A lane joins only a channel of the same peer, and never one that is over: ids of ended channels are remembered for
 * a while, so that a late lane does not found its channel a second time.
 */
final class Doorman {
    private static final Logger LOG = LoggerFactory.getLogger(Doorman.class);
    /** Ended channels that are remembered. Source: chosen; more than can end while a lane's handshake is under way. */
    private static final int ENDED_MAX = 4_096;
    private static final TransportException OVER = new TransportException(Kind.UNAVAILABLE, "channel is closed");

    private final LaneTransport owner;
    private final Function<String, Optional<ProtocolHandler>> handlers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Guest> guests = new LinkedHashMap<>();
    private final Map<Key, TransportException> ended = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, TransportException> eldest) {
            return size() > ENDED_MAX;
        }
    };

    private record Key(NodeId peer, UUID channel) {
    }

    /** A channel and what its handler said; the decision completes with a refusal, or empty. */
    private record Guest(LaneChannel channel, ProtocolHandler handler, CompletableFuture<Optional<TransportException>> decision) {
    }

    Doorman(LaneTransport owner, Function<String, Optional<ProtocolHandler>> handlers) {
        this.owner = owner;
        this.handlers = handlers;
    }

    /**
     * Decides on a lane, on its loop. The answer is given on the lane's loop, now or later, after the lane has joined.
     *
     * @throws TransportException to refuse at once
     */
    void admit(Lane lane, NodeId peer, Wire.Hello hello, Consumer<Optional<TransportException>> answer) {
        owner.checkGuest(peer, hello);
        var key = new Key(peer, hello.channel());
        Guest guest;
        boolean founds;
        lock.lock();
        try {
            founds = !guests.containsKey(key);
            guest = founds ? found(key, lane, hello) : guests.get(key);
        } finally {
            lock.unlock();
        }
        if (founds) {
            answer.accept(decide(guest));
        } else {
            guest.decision.thenAccept(refusal -> lane.run(
                    () -> answer.accept(refusal.isPresent() || guest.channel.attach(lane) ? refusal : Optional.of(OVER))));
        }
    }

    private Guest found(Key key, Lane lane, Wire.Hello hello) {
        if (ended.containsKey(key) || hello.purpose() == Wire.Purpose.JOIN) {
            throw ended.getOrDefault(key, OVER);
        }
        var handler = handlers.apply(hello.protocol())
                .orElseThrow(() -> new TransportException(Kind.REJECTED, "no handler for protocol " + hello.protocol()));
        var channel = owner.newChannel(hello.channel(), key.peer, hello.protocol(), lane.way(), 1);
        channel.attach(lane); // before the handler is asked, so that it may send at once; that goes out behind the welcome
        var guest = new Guest(channel, handler, new CompletableFuture<>());
        guests.put(key, guest);
        return guest;
    }

    private Optional<TransportException> decide(Guest guest) {
        Optional<TransportException> refusal;
        try {
            guest.channel.handler(guest.handler.accept(guest.channel));
            refusal = Optional.empty();
        } catch (DwcpException e) {
            refusal = Optional.of(e instanceof TransportException t ? t : new TransportException(e.kind(), e.getMessage()));
        } catch (RuntimeException e) {
            owner.counters().count(Trouble.HANDLER_FAILED);
            LOG.warn("handler failed at accept protocol={} peer={} provider={}", guest.channel.protocol(), guest.channel.peer(), owner.name(), e);
            refusal = Optional.of(new TransportException(Kind.UNAVAILABLE, "handler of " + guest.channel.protocol() + " failed"));
        }
        if (refusal.isPresent()) {
            guest.channel.keepSecret();
        }
        guest.decision.complete(refusal);
        return refusal;
    }

    void forget(LaneChannel channel) {
        var key = new Key(channel.peer(), channel.id());
        lock.lock();
        try {
            var guest = guests.get(key);
            if (guest != null && guest.channel == channel) { // not the other end of a channel to this node itself
                guests.remove(key);
                ended.put(key, guest.decision.getNow(Optional.empty()).orElse(OVER)); // a late lane hears why its channel was refused
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the channels of a handler that leaves: nothing may call into its bundle any more. */
    void dismiss(ProtocolHandler handler) {
        for (var guest : snapshot()) {
            if (guest.handler == handler) {
                var why = Optional.of(new TransportException(Kind.UNAVAILABLE, "protocol " + guest.channel.protocol() + " was taken away"));
                guest.channel.end(why, why);
            }
        }
    }

    private List<Guest> snapshot() {
        lock.lock();
        try {
            return List.copyOf(guests.values());
        } finally {
            lock.unlock();
        }
    }
}
