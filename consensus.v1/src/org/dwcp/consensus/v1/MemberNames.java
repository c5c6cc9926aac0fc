// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
 * move to another host or port, and a member may have another address for each of the others. Registered with the library while the server runs.
 */
final class MemberNames extends NameResolverProvider implements AutoCloseable {
    private static final String SCHEME = "dwcp";

    private final Peers peers;
    private final String ownHost;
    private final Set<Resolver> resolvers = ConcurrentHashMap.newKeySet();

    /** @param listenHost where this node accepts; it finds itself there */
    MemberNames(Peers peers, String listenHost) {
        this.peers = peers;
        ownHost = listenHost.equals("0.0.0.0") || listenHost.equals("::") ? "127.0.0.1" : listenHost;
        NameResolverRegistry.getDefaultRegistry().register(this);
    }

    static String address(NodeId node) {
        return SCHEME + ":///" + node;
    }

    @Override
    public void close() {
        NameResolverRegistry.getDefaultRegistry().deregister(this);
        resolvers.forEach(Resolver::shutdown); // of channels that the library has not closed: the peers must not hold them
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

    private Optional<InetSocketAddress> find(NodeId node) {
        return peers.find(node).flatMap(info -> info.provider(RaftNode.PROVIDER).map(ProviderAdvert::port).filter(port -> port > 0)
                .map(port -> new InetSocketAddress(node.equals(peers.self()) ? ownHost : info.host(), port)));
    }

    /** One member for one channel: asked by the library when a connection breaks, and told by the peers when something changes. */
    private final class Resolver extends NameResolver {
        private final NodeId node;
        private Listener2 listener;
        private Registration changes = () -> { };
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
            resolvers.add(this);
            changes = peers.onChange(this::changed);
            refresh();
        }

        private void changed(PeerInfo info) {
            if (info.id().equals(node) && !find(node).equals(told())) {
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
                found = find(node);
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
            resolvers.remove(this);
            changes.close();
            synchronized (this) {
                listener = null;
            }
        }
    }
}
