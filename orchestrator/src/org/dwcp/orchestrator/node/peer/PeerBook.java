// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of each peer, behind one lock; no thread, no socket. Invariants: at most {@link Peers#PEERS_MAX} entries; an entry is online
 * exactly while it holds a link; of two links between the same two nodes both ends keep the same one.
 */
final class PeerBook {
    private static final Logger LOG = LoggerFactory.getLogger(PeerBook.class);

    /** Where a peer is to be dialled. */
    record Address(String host, int port) {
        InetSocketAddress resolve() {
            return new InetSocketAddress(host, port);
        }

        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /** Whether an entry comes from the configuration, from a peer that dialled, or from what a node says of itself by gossip. */
    private enum Origin { CONFIGURED, LEARNED, HINTED }

    /** Dials in vain at each address after which a hint is given up. Source: chosen; the next version of the hint is tried again. */
    private static final int HINT_DIALS_MAX = 3;

    /** Who dials a peer. Both methods are called under the book's lock and return at once. */
    interface Dialer {
        /** Something about the peer has changed. */
        void wake();

        /** The peer has left the book. */
        void stop();
    }

    /** Starts who dials a peer that came into the book. Called under the book's lock: returns at once. */
    interface Dialers {
        Dialer start(NodeId peer);
    }

    private static final class Entry {
        private final NodeId id;
        private final Dialer dialer;
        private Origin origin;
        private Address address;
        private Instant since;
        private ControlLink link;
        private List<ProviderAdvert> providers = List.of();
        private String problem = "";
        private String instance = "";
        /** Whether the peer is known not to be at its configured address any more. */
        private boolean addressFailed;
        /** Where the last link of the peer led. */
        private String linkHost = "";
        /** Other addresses to try, of one that is known by hint alone; and how often it was dialled in vain. */
        private List<Address> hints = List.of();
        private int hintsFailed;
        /** What its configured address stood for when that was last seen: it may be a name. Empty before that. */
        private String reachedHost = "";

        Entry(NodeId id, Origin origin, Address address, Instant since, Dialer dialer) {
            this.id = id;
            this.origin = origin;
            this.address = address;
            this.since = since;
            this.dialer = dialer;
        }

        PeerInfo info() {
            return new PeerInfo(id, host(), address.port(), link != null, since, link == null ? 0 : link.rttNs(), providers, problem, instance);
        }

        /** Whether this is the configured address; what a name stands for is known once the peer was reached by it. */
        private boolean isAtItsAddress(String host) {
            return host.equals(address.host()) || !host.isEmpty() && host.equals(reachedHost);
        }

        /** A peer that has dialled from elsewhere since its configured address failed is reached there, as long as that link is up. */
        private String host() {
            return addressFailed && link != null ? link.host() : address.host();
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final NavigableMap<NodeId, Entry> entries = new TreeMap<>();
    private final NodeClock clock;
    private final ChangeFeed feed;
    private final Dialers dialers;
    private final int peersMax;
    /** Peers that an operator has removed, here or there: no hint brings them back. Bounded like the book. */
    private final Set<NodeId> unwanted = new LinkedHashSet<>();

    PeerBook(NodeClock clock, ChangeFeed feed, Dialers dialers, int peersMax) {
        this.clock = clock;
        this.feed = feed;
        this.dialers = dialers;
        this.peersMax = peersMax;
    }

    List<PeerInfo> list() {
        lock.lock();
        try {
            return entries.values().stream().map(Entry::info).toList();
        } finally {
            lock.unlock();
        }
    }

    Optional<PeerInfo> find(NodeId peer) {
        lock.lock();
        try {
            return Optional.ofNullable(entries.get(peer)).map(Entry::info);
        } finally {
            lock.unlock();
        }
    }

    /** Adds a peer or changes its address. Gives the link that leads to the old address, to be ended. */
    Optional<ControlLink> configure(NodeId peer, Address address) {
        lock.lock();
        try {
            unwanted.remove(peer);
            var entry = entries.get(peer);
            if (entry == null) {
                makeRoom(peer);
                entry = enter(peer, Origin.CONFIGURED, address);
                feed.changed(entry.info());
                return Optional.empty();
            }
            entry.origin = Origin.CONFIGURED;
            if (entry.address.equals(address)) {
                return Optional.empty();
            }
            var dialled = entry.link != null && !entry.link.dialler().equals(peer);
            entry.address = address;
            entry.addressFailed = false;
            entry.reachedHost = "";
            entry.dialer.wake();
            feed.changed(entry.info());
            return dialled ? Optional.of(entry.link) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes up where a node says that it is. A configured address and one that works are left alone.
     *
     * @param addresses at least one
     * @param hintsMax  most peers in the book that are known by hint alone
     * @return whether the peer is dialled there
     */
    boolean hint(NodeId peer, List<Address> addresses, int hintsMax) {
        lock.lock();
        try {
            var entry = entries.get(peer);
            if (entry == null) {
                long hinted = entries.values().stream().filter(each -> each.origin == Origin.HINTED).count();
                if (unwanted.contains(peer) || hinted >= hintsMax || entries.size() >= peersMax) {
                    return false;
                }
                entry = enter(peer, Origin.HINTED, addresses.getFirst());
                LOG.info("peer hint node={} addresses={}", peer, addresses);
            } else if (entry.origin == Origin.CONFIGURED || entry.link != null || addresses.contains(entry.address) && entry.hints.equals(addresses)) {
                return false;
            } else {
                entry.address = addresses.getFirst();
                entry.dialer.wake();
            }
            entry.hints = List.copyOf(addresses);
            entry.hintsFailed = 0;
            feed.changed(entry.info());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Goes on with the next address of a hint; forgets a peer that was at none of them. */
    private void hintFailed(Entry entry) {
        entry.hintsFailed++;
        entry.address = entry.hints.get(entry.hintsFailed % entry.hints.size());
        if (entry.origin == Origin.HINTED && entry.hintsFailed >= HINT_DIALS_MAX * entry.hints.size()) {
            entries.remove(entry.id);
            entry.dialer.stop();
            LOG.info("peer hint node={} given up problem={}", entry.id, entry.problem);
        }
    }

    /** Forgets a peer. Gives an empty optional when it was unknown, its link (or none) otherwise. */
    Optional<Optional<ControlLink>> forget(NodeId peer) {
        lock.lock();
        try {
            var entry = entries.remove(peer);
            if (entry == null) {
                return Optional.empty();
            }
            dismiss(peer);
            var link = Optional.ofNullable(entry.link);
            if (entry.link != null) {
                entry.link = null;
                entry.since = clock.now();
            }
            entry.problem = "removed";
            entry.dialer.stop();
            feed.changed(entry.info());
            return Optional.of(link);
        } finally {
            lock.unlock();
        }
    }

    private void dismiss(NodeId peer) {
        if (unwanted.size() >= peersMax) {
            unwanted.remove(unwanted.iterator().next());
        }
        unwanted.add(peer);
    }

    /** Where to dial a peer now; empty while it is online or when it is no longer in the book. */
    Optional<Address> toDial(NodeId peer) {
        lock.lock();
        try {
            return Optional.ofNullable(entries.get(peer)).filter(entry -> entry.link == null && entry.address.port() > 0)
                    .map(entry -> entry.address);
        } finally {
            lock.unlock();
        }
    }

    /** An address whose name was never looked at, because the peer is online by a link of its own. */
    Optional<Address> toResolve(NodeId peer) {
        lock.lock();
        try {
            return Optional.ofNullable(entries.get(peer)).filter(entry -> entry.link != null && entry.reachedHost.isEmpty()
                    && entry.origin == Origin.CONFIGURED).map(entry -> entry.address);
        } finally {
            lock.unlock();
        }
    }

    /** Keeps what the name in an address stands for, unless it has changed meanwhile. */
    void resolved(NodeId peer, Address address, String host) {
        lock.lock();
        try {
            var entry = entries.get(peer);
            if (entry != null && entry.address.equals(address) && entry.reachedHost.isEmpty()) {
                entry.reachedHost = host;
            }
        } finally {
            lock.unlock();
        }
    }

    /** No peer is dialled any more. */
    void stop() {
        lock.lock();
        try {
            entries.values().forEach(entry -> entry.dialer.stop());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a new link into the book.
     *
     * @return the link to end: the one that was there, the new one, or none
     * @throws Refusal when there is no room for one more peer
     */
    Optional<ControlLink> arrived(ControlLink link) throws Refusal {
        lock.lock();
        try {
            var entry = entries.get(link.peer());
            if (entry == null) {
                if (!hasRoom()) {
                    throw new Refusal("node knows " + peersMax + " peers already; remove one before " + link.peer() + " can come");
                }
                entry = enter(link.peer(), Origin.LEARNED, new Address(link.host(), link.hello().port()));
            }
            var before = entry.link;
            if (before != null && !isBetter(link, before)) {
                return Optional.of(link);
            }
            entry.link = link;
            entry.problem = "";
            if (entry.origin != Origin.CONFIGURED) {
                entry.origin = Origin.LEARNED; // it has shown its certificate
                entry.address = new Address(link.host(), link.hello().port());
            }
            entry.hints = List.of();
            if (!link.dialler().equals(link.peer())) {
                entry.addressFailed = false;
                entry.reachedHost = link.host();
            } else if (entry.isAtItsAddress(entry.linkHost) && !entry.isAtItsAddress(link.host())) {
                entry.addressFailed = true; // it was there and dials from elsewhere now; nobody dials it while this link is up, so nothing else would tell
            }
            entry.linkHost = link.host();
            var restarted = !entry.instance.equals(link.hello().instance());
            var news = before == null || restarted || !before.host().equals(link.host()) || !entry.providers.equals(link.hello().providers());
            entry.providers = link.hello().providers();
            entry.instance = link.hello().instance();
            if (before == null || restarted) {
                entry.since = clock.now();
                LOG.info("peer online node={} host={} port={} dialler={}", entry.id, entry.address.host(), entry.address.port(), link.dialler());
            }
            if (news) {
                feed.changed(entry.info());
            }
            entry.dialer.wake();
            return Optional.ofNullable(before);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Both ends see the same three facts and so choose the same link: a restarted peer's old link is dead; who dials again has given the old
     * one up; otherwise the smaller name's stays.
     */
    private static boolean isBetter(ControlLink link, ControlLink before) {
        return !link.hello().instance().equals(before.hello().instance())
                || link.dialler().equals(before.dialler())
                || link.dialler().compareTo(before.dialler()) < 0;
    }

    void advert(ControlLink link, List<ProviderAdvert> providers) {
        lock.lock();
        try {
            var entry = entries.get(link.peer());
            if (entry != null && entry.link == link && !entry.providers.equals(providers)) {
                entry.providers = providers;
                feed.changed(entry.info());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes a link that has ended out of the book; one that was replaced is not there any more. */
    void gone(ControlLink link, String reason) {
        lock.lock();
        try {
            var entry = entries.get(link.peer());
            if (entry != null && entry.link == link) {
                entry.addressFailed |= !link.isOrderly() && !link.dialler().equals(link.peer());
                entry.link = null;
                entry.since = clock.now();
                entry.problem = reason.isEmpty() ? "connection closed" : reason;
                if (link.isRemovedByPeer() && entry.origin != Origin.CONFIGURED) {
                    entries.remove(entry.id); // known only because it dialled: to dial it now would undo what its operator did
                    entry.dialer.stop();
                    dismiss(entry.id);
                }
                LOG.info("peer offline node={} reason={}", entry.id, entry.problem);
                feed.changed(entry.info());
                entry.dialer.wake();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps why a dial failed, unless the peer is online by another link. */
    void failed(NodeId peer, String problem) {
        lock.lock();
        try {
            var entry = entries.get(peer);
            if (entry != null && entry.link == null && !problem.isEmpty()) {
                entry.addressFailed = true;
            }
            if (entry != null && entry.link == null && !problem.isEmpty() && !entry.problem.equals(problem)) {
                entry.problem = problem;
                LOG.warn("peer problem node={} problem={}", peer, problem);
                feed.changed(entry.info());
            }
            if (entry != null && entry.link == null && !problem.isEmpty() && !entry.hints.isEmpty()) {
                hintFailed(entry);
            }
        } finally {
            lock.unlock();
        }
    }

    private Entry enter(NodeId peer, Origin origin, Address address) {
        var entry = new Entry(peer, origin, address, clock.now(), dialers.start(peer));
        entries.put(peer, entry);
        return entry;
    }

    private void makeRoom(NodeId peer) {
        Check.argument(hasRoom(), "peer %s is one more than %d; remove another first", peer, peersMax);
    }

    /** A learned or hinted peer that is offline gives its place away: it comes back by itself. */
    private boolean hasRoom() {
        if (entries.size() < peersMax) {
            return true;
        }
        var idle = entries.values().stream().filter(entry -> entry.origin != Origin.CONFIGURED && entry.link == null).findFirst();
        idle.ifPresent(entry -> {
            entries.remove(entry.id);
            entry.dialer.stop();
        });
        return idle.isPresent();
    }
}
