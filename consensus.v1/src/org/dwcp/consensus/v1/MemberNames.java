// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import org.apache.ratis.thirdparty.io.grpc.EquivalentAddressGroup;
import org.apache.ratis.thirdparty.io.grpc.NameResolver;
import org.apache.ratis.thirdparty.io.grpc.NameResolverProvider;
import org.apache.ratis.thirdparty.io.grpc.NameResolverRegistry;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusOr;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;

/**
 * Members' addresses for the library: {@code dwcp:///NODE}. What a log keeps of a member is its name; where that is now, each node knows from its own peers. So a node may
 * move to another host or port, and a member may have another address for each of the others. In force while the server runs.
 */
final class MemberNames implements AutoCloseable {
    private static final String SCHEME = "dwcp";
    private static final Names NAMES = new Names();

    private final Peers peers;
    private final String ownHost;

    /** @param listenHost where this node accepts; it finds itself there */
    MemberNames(Peers peers, String listenHost) {
        this.peers = peers;
        ownHost = listenHost.equals("0.0.0.0") || listenHost.equals("::") ? "127.0.0.1" : listenHost;
        NAMES.join(this);
    }

    static String address(NodeId node) {
        return SCHEME + ":///" + node;
    }

    @Override
    public void close() {
        NAMES.leave(this);
    }

    private Optional<InetSocketAddress> find(NodeId node) {
        return peers.find(node).flatMap(info -> info.provider(RaftNode.PROVIDER).map(ProviderAdvert::port).filter(port -> port > 0)
                .map(port -> new InetSocketAddress(node.equals(peers.self()) ? ownHost : info.host(), port)));
    }

    /**
     * All servers of this process: the library asks one resolver a scheme, whichever server's channel it is for, so that a server that stops must not take the others'
     * names with it. Registered with the library while one of them runs.
     */
    private static final class Names extends NameResolverProvider {
        private final List<MemberNames> servers = new CopyOnWriteArrayList<>();
        private final Set<Resolver> resolvers = new HashSet<>();

        synchronized void join(MemberNames server) {
            if (servers.isEmpty()) {
                NameResolverRegistry.getDefaultRegistry().register(this);
            }
            servers.add(server);
            resolvers.forEach(resolver -> resolver.watch(server));
        }

        synchronized void leave(MemberNames server) {
            if (!servers.remove(server)) {
                return;
            }
            resolvers.forEach(resolver -> resolver.leave(server));
            if (servers.isEmpty()) {
                NameResolverRegistry.getDefaultRegistry().deregister(this);
                List.copyOf(resolvers).forEach(Resolver::shutdown); // of channels that the library has not closed
            }
        }

        private synchronized void begin(Resolver resolver) {
            resolvers.add(resolver);
            servers.forEach(resolver::watch);
        }

        private synchronized void end(Resolver resolver) {
            resolvers.remove(resolver);
            servers.forEach(resolver::leave);
        }

        Optional<InetSocketAddress> find(NodeId node) {
            return servers.stream().flatMap(server -> server.find(node).stream()).findFirst();
        }

        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 5; // any from 0 to 10: nobody else has this scheme
        }

        @Override
        public String getDefaultScheme() {
            return SCHEME;
        }

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args args) {
            return SCHEME.equals(target.getScheme()) ? new Resolver(NodeId.of(target.getPath().substring(1))) : null;
        }
    }

    /** One member for one channel: asked by the library when a connection breaks, and told by the peers when something changes. */
    private static final class Resolver extends NameResolver {
        private final NodeId node;
        private final Map<MemberNames, Registration> changes = new ConcurrentHashMap<>();
        private Listener2 listener;
        private Optional<InetSocketAddress> told = Optional.empty();

        Resolver(NodeId node) {
            this.node = node;
        }

        @Override
        public String getServiceAuthority() {
            return node.value();
        }

        @Override
        public void start(Listener2 wanting) {
            synchronized (this) {
                listener = wanting;
            }
            NAMES.begin(this);
            refresh();
        }

        void watch(MemberNames server) {
            changes.put(server, server.peers.onChange(this::changed));
        }

        void leave(MemberNames server) {
            var watched = changes.remove(server);
            if (watched != null) {
                watched.close();
            }
        }

        private void changed(PeerInfo info) {
            if (info.id().equals(node) && !NAMES.find(node).equals(told())) {
                refresh();
            }
        }

        private synchronized Optional<InetSocketAddress> told() {
            return told;
        }

        @Override
        public void refresh() {
            Listener2 wanting;
            Optional<InetSocketAddress> found;
            synchronized (this) {
                wanting = listener;
                found = NAMES.find(node);
                told = found;
            }
            if (wanting == null) {
                return; // shut down
            }
            if (found.isEmpty()) {
                wanting.onError(Status.UNAVAILABLE.withDescription("member " + node + " has not told where its " + RaftNode.PROVIDER + " accepts"));
            } else {
                wanting.onResult(ResolutionResult.newBuilder().setAddressesOrError(StatusOr.fromValue(List.of(new EquivalentAddressGroup(found.get())))).build());
            }
        }

        @Override
        public void shutdown() {
            NAMES.end(this);
            synchronized (this) {
                listener = null;
            }
        }
    }
}
