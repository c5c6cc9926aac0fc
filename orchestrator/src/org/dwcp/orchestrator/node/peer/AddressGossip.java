// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the others where this node is, and takes up where they say they are. An address from gossip is a hint: it is dialled, and what answers there must show the
 * peer's certificate; a configured address is never replaced. Only numbers are taken, so that nobody makes this node ask name servers. A loopback address means
 * something on its own machine alone, so only a node that has no other takes it.
 */
final class AddressGossip implements GossipListener, AutoCloseable {
    /** Name of the value: one {@code HOST:PORT} a line, the best first. */
    static final String NAME = "address";
    static final String AUTO = "auto";
    private static final String NONE = "none";
    private static final int ADDRESSES_MAX = 8;
    private static final int PORT_MAX = 65_535;
    private static final Duration LIFE = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(AddressGossip.class);

    /** Where hints go. */
    @FunctionalInterface
    interface Taker {
        boolean hint(NodeId peer, List<PeerBook.Address> addresses, int hintsMax);
    }

    private final List<PeerBook.Address> own;
    private final int hintsMax;
    private final Taker taker;
    private ServiceRegistration<GossipListener> registration;
    private ServiceTracker<Gossip, Gossip> tracker;

    AddressGossip(List<PeerBook.Address> own, int hintsMax, Taker taker) {
        this.own = List.copyOf(own);
        this.hintsMax = hintsMax;
        this.taker = taker;
    }

    /** The addresses to announce. */
    static List<PeerBook.Address> announced(String words, String listenHost, int port) {
        if (words.strip().equals(NONE)) {
            return List.of();
        }
        if (words.strip().equals(AUTO)) {
            return automatic(listenHost, port);
        }
        var addresses = new ArrayList<PeerBook.Address>();
        for (var word : words.strip().split("\\s+")) {
            addresses.add(parse(word).orElseThrow(() -> new DwcpException(DwcpException.Kind.REJECTED,
                    "announce has '" + word + "', which is no HOST:PORT with a number as host, such as 192.0.2.7:7420 or [2001:db8::7]:7420; or say auto or none")));
        }
        Check.argument(addresses.size() <= ADDRESSES_MAX, "announce has %d addresses and at most %d are told", addresses.size(), ADDRESSES_MAX);
        return addresses;
    }

    private static List<PeerBook.Address> automatic(String listenHost, int port) {
        try {
            if (!listenHost.isEmpty() && !InetAddress.getByName(listenHost).isAnyLocalAddress()) {
                return List.of(new PeerBook.Address(InetAddress.getByName(listenHost).getHostAddress(), port));
            }
            return NetworkInterface.networkInterfaces().filter(AddressGossip::isUp).flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress() && !address.isMulticastAddress())
                    .limit(ADDRESSES_MAX).map(address -> new PeerBook.Address(address.getHostAddress().replaceAll("%.*", ""), port)).toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("peers own addresses are unknown, none is announced: {}", e.getMessage());
            return List.of();
        }
    }

    private static boolean isUp(NetworkInterface each) {
        try {
            return each.isUp();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<PeerBook.Address> parse(String word) {
        int colon = word.lastIndexOf(':');
        if (colon < 1 || !word.substring(colon + 1).matches("[0-9]{1,5}")) {
            return Optional.empty();
        }
        int port = Integer.parseInt(word.substring(colon + 1));
        try {
            var host = InetAddress.ofLiteral(word.substring(0, colon).replaceAll("^\\[|]$", ""));
            return port < 1 || port > PORT_MAX || host.isAnyLocalAddress() || host.isMulticastAddress() || host.isLinkLocalAddress() ? Optional.empty()
                    : Optional.of(new PeerBook.Address(host.getHostAddress(), port));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name, or nothing at all
        }
    }

    /** Announces as soon as there is a gossip, and listens. */
    void open(BundleContext context) {
        if (hintsMax > 0) {
            registration = context.registerService(GossipListener.class, this, new Hashtable<>(Map.of(GossipListener.NAME, NAME)));
        }
        tracker = new ServiceTracker<>(context, Gossip.class, null) {
            @Override
            public Gossip addingService(ServiceReference<Gossip> reference) {
                var gossip = super.addingService(reference);
                announce(gossip);
                return gossip;
            }
        };
        tracker.open();
    }

    void announce(Gossip gossip) {
        if (own.isEmpty()) {
            return;
        }
        try {
            gossip.put(NAME, String.join("\n", own.stream().map(PeerBook.Address::toString).toList()).getBytes(StandardCharsets.UTF_8), LIFE);
        } catch (DwcpException e) {
            LOG.warn("peers addresses {} cannot be announced: {}", own, e.getMessage());
        }
    }

    @Override
    public void changed(GossipValue value) {
        boolean local = own.stream().allMatch(AddressGossip::isLoopback) && !own.isEmpty();
        var addresses = new String(value.bytes(), StandardCharsets.UTF_8).lines().limit(ADDRESSES_MAX).flatMap(line -> parse(line).stream())
                .filter(address -> local || !isLoopback(address)).toList();
        if (!addresses.isEmpty()) {
            taker.hint(value.owner(), addresses, hintsMax);
        }
    }

    private static boolean isLoopback(PeerBook.Address address) {
        return InetAddress.ofLiteral(address.host()).isLoopbackAddress();
    }

    @Override
    public void close() {
        if (tracker != null) {
            tracker.close();
        }
        if (registration != null) {
            registration.unregister();
        }
    }
}
