// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;

/**
 * Takes the channels that peers open for flows. The first message says what a channel is for; a flow that runs already gets it as one more link, a
 * new one is begun by its {@link FlowKind}. Bounded for the node and for each peer. Thread-safe.
 */
public final class FlowAcceptor implements ProtocolHandler, Link.Owner, AutoCloseable {
    /** Channels that one flow may have: one in use, the others draining. */
    private static final int CHANNELS_PER_FLOW = 4;

    private final FlowNode node;
    private final Map<String, FlowKind> kinds;
    private final Map<Key, CompletableFuture<FlowReceiver>> receivers = new HashMap<>();
    private final Map<Key, CompletableFuture<FlowSender>> senders = new HashMap<>();
    private final Map<NodeId, Integer> channels = new HashMap<>();
    private final Set<Link> busy = ConcurrentHashMap.newKeySet();
    private boolean closed;

    public FlowAcceptor(FlowNode node, List<FlowKind> kinds) {
        this.node = node;
        this.kinds = kinds.stream().collect(Collectors.toUnmodifiableMap(FlowKind::name, kind -> kind));
    }

    @Override
    public ChannelHandler accept(Channel channel) {
        int most = node.settings().flowsPeerMax() * CHANNELS_PER_FLOW;
        synchronized (this) {
            if (closed) {
                throw new TransportException(Kind.REJECTED, "transfers are being stopped on " + node.peers().self());
            }
            if (channels.merge(channel.peer(), 1, Integer::sum) > most) {
                leave(channel.peer());
                throw new TransportException(Kind.REJECTED, String.format("%s has %d channels for flows to %s; wait for some to end", channel.peer(), most,
                        node.peers().self()));
            }
        }
        Link link = new Link(node, Optional.empty(), this);
        link.opened(channel);
        return new Counted(link);
    }

    private synchronized void leave(NodeId peer) {
        channels.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public void onMessage(Link link, Message message) {
        switch (message) {
            case Message.Offer offer -> begin("accept", link, () -> offered(link, offer));
            case Message.Want want -> begin("serve", link, () -> wanted(link, want));
            case Message.Refuse _ -> link.close();
            default -> link.refuse(Kind.REJECTED, message.getClass().getSimpleName() + " on a channel without a flow");
        }
    }

    /** A greeting that is said again while the first is still worked on adds nothing. */
    private void begin(String role, Link link, Runnable work) {
        if (busy.add(link)) {
            node.threads().start(role, () -> {
                try {
                    work.run();
                } finally {
                    busy.remove(link);
                }
            });
        }
    }

    @Override
    public void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload) {
        link.refuse(Kind.REJECTED, "chunk on a channel without a flow");
    }

    @Override
    public void onLaneLost(Link link, int lane) {
        // Who opened the channel greets again.
    }

    @Override
    public void onBroken(Link link, String why) {
        // Nothing depends on a channel without a flow.
    }

    private void offered(Link link, Message.Offer offer) {
        NodeId peer = link.peer();
        Key key = new Key(peer, offer.id());
        try {
            FlowReceiver receiver = once(receivers, key, () -> {
                FlowReceiver begun = kind(offer.kind()).accept(peer, offer);
                begun.end().whenComplete((_, _) -> forget(receivers, key));
                return begun;
            });
            receiver.attach(link);
        } catch (DwcpException e) {
            link.refuse(e.kind(), e.getMessage());
        }
    }

    private void wanted(Link link, Message.Want want) {
        NodeId peer = link.peer();
        try {
            CompletableFuture<FlowSender> running;
            synchronized (this) {
                running = senders.get(new Key(peer, want.id()));
            }
            FlowSender sender = running != null ? running.join() : serve(peer, want);
            sender.greet(link);
        } catch (DwcpException e) {
            link.refuse(e.kind(), e.getMessage());
        } catch (CompletionException e) {
            link.refuse(Kind.RETRY, String.valueOf(e.getCause().getMessage()));
        }
    }

    /** The source may be the one of a running flow, which only its id tells: then the running one gets the channel. */
    private FlowSender serve(NodeId peer, Message.Want want) {
        FlowSender fresh;
        try {
            reserve();
            fresh = kind(want.kind()).serve(peer, want).expireWhenAlone();
        } catch (IOException e) {
            throw new TransferException(Kind.UNAVAILABLE, "cannot read at " + node.peers().self() + ": " + Texts.of(e));
        }
        Key key = new Key(peer, fresh.id());
        FlowSender sender = fresh;
        try {
            sender = once(senders, key, () -> fresh);
            return sender;
        } catch (DwcpException e) {
            fresh.suspend();
            throw e;
        } finally {
            if (sender != fresh) {
                fresh.suspend();
            } else {
                fresh.end().whenComplete((_, _) -> forget(senders, key));
            }
        }
    }

    private synchronized void reserve() {
        if (receivers.size() + senders.size() >= node.settings().flowsMax()) {
            throw full("the node", node.settings().flowsMax());
        }
    }

    private TransferException full(String whose, int most) {
        return new TransferException(Kind.RETRY, String.format("%d flows run at %s for %s, its limit; try again later", most, node.peers().self(), whose));
    }

    private FlowKind kind(String name) {
        FlowKind kind = kinds.get(name);
        if (kind == null) {
            throw new TransferException(Kind.REJECTED, String.format("%s does not know flows of kind '%s'; it knows %s", node.peers().self(), name,
                    kinds.keySet()));
        }
        return kind;
    }

    /** Begins a flow, or gives the one that another channel has begun; channels that come meanwhile wait for it. */
    private <F> F once(Map<Key, CompletableFuture<F>> flows, Key key, Begin<F> begin) {
        CompletableFuture<F> mine = new CompletableFuture<>();
        CompletableFuture<F> running;
        synchronized (this) {
            running = flows.get(key);
            if (running == null) {
                if (closed) {
                    throw new TransferException(Kind.RETRY, "transfers are being stopped on " + node.peers().self());
                }
                reserve();
                int most = node.settings().flowsPeerMax();
                if (flows.keySet().stream().filter(other -> other.peer.equals(key.peer)).count() >= most) {
                    throw full(key.peer.toString(), most);
                }
                flows.put(key, mine);
            }
        }
        if (running != null) {
            try {
                return running.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof DwcpException known ? known : new TransferException(Kind.BROKEN, String.valueOf(e.getCause()));
            }
        }
        DwcpException failure;
        try {
            F flow = begin.begin();
            mine.complete(flow);
            return flow;
        } catch (IOException e) {
            failure = new TransferException(Kind.UNAVAILABLE, "cannot write at " + node.peers().self() + ": " + Texts.of(e));
        } catch (DwcpException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new TransferException(Kind.BROKEN, "the flow could not be begun: " + e);
        }
        mine.completeExceptionally(failure);
        forget(flows, key);
        throw failure;
    }

    private synchronized <F> void forget(Map<Key, CompletableFuture<F>> flows, Key key) {
        flows.remove(key);
    }

    /** Suspends all flows and takes no more. */
    @Override
    public void close() {
        List<CompletableFuture<FlowReceiver>> in;
        List<CompletableFuture<FlowSender>> out;
        synchronized (this) {
            closed = true;
            in = List.copyOf(receivers.values());
            out = List.copyOf(senders.values());
        }
        in.forEach(flow -> flow.thenAccept(FlowReceiver::suspend));
        out.forEach(flow -> flow.thenAccept(FlowSender::suspend));
    }

    private record Key(NodeId peer, FlowId id) {
    }

    private interface Begin<F> {
        F begin() throws IOException;
    }

    /** Counts a channel out when it closes. */
    private final class Counted implements ChannelHandler {
        private final Link link;

        Counted(Link link) {
            this.link = link;
        }

        @Override
        public void onFrame(Channel channel, ByteBuffer frame) {
            link.onFrame(channel, frame);
        }

        @Override
        public boolean onLaneLost(Channel channel, int lane, TransportException cause) {
            return link.onLaneLost(channel, lane, cause);
        }

        @Override
        public void onClosed(Channel channel, Optional<TransportException> cause) {
            leave(channel.peer());
            link.onClosed(channel, cause);
        }
    }
}
