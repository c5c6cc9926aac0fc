// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;

/**
 * Keeps one peer connected: dials while it is offline, lives as the reader of what it dialled, then waits. The longest wait doubles with each
 * failure up to a cap, and the wait is any time below it ("full jitter"), so that a cluster does not dial a restarted node in step; a link that
 * lived for the longest wait clears the count.
 */
final class PeerDialer implements Runnable, PeerBook.Dialer {
    private static final int DOUBLINGS_MAX = 20;

    /** Dials and speaks until the connection ends. */
    interface Connector {
        Ended connect(NodeId peer, PeerBook.Address address);
    }

    /**
     * How a dial ended.
     *
     * @param problem why, empty text when nothing is wrong
     * @param online  how long the link lived, zero when there was none
     */
    record Ended(String problem, Duration online) {
    }

    private final NodeId peer;
    private final PeerBook book;
    private final Connector connector;
    private final NodeClock clock;
    private final RandomGenerator random;
    private final Supplier<PeerSettings> settings;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean stopped;

    PeerDialer(NodeId peer, PeerBook book, Connector connector, NodeClock clock, RandomGenerator random,
            Supplier<PeerSettings> settings) {
        this.peer = peer;
        this.book = book;
        this.connector = connector;
        this.clock = clock;
        this.random = random;
        this.settings = settings;
    }

    @Override
    public void wake() {
        wake.release();
    }

    @Override
    public void stop() {
        stopped = true;
        wake.release();
    }

    @Override
    public void run() {
        var failures = 0;
        try {
            while (!stopped) {
                var address = book.toDial(peer);
                if (address.isEmpty()) {
                    book.toResolve(peer).ifPresent(this::lookUp);
                    wake.acquire();
                    wake.drainPermits();
                    continue;
                }
                var ended = connector.connect(peer, address.get());
                book.failed(peer, ended.problem());
                failures = ended.online().compareTo(settings.get().redialMax()) > 0 ? 0 : Math.min(failures + 1, DOUBLINGS_MAX);
                pause(failures, address.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a name stands for while the peer is there tells later that it has moved. A name that is not known now is looked up at the next change. */
    private void lookUp(PeerBook.Address address) {
        var resolved = address.resolve();
        if (!resolved.isUnresolved()) {
            book.resolved(peer, address, resolved.getAddress().getHostAddress());
        }
    }

    /** Waits; a new address ends the wait, anything else does not. */
    private void pause(int failures, PeerBook.Address failed) throws InterruptedException {
        var endNs = clock.nanoTime() + delayNs(settings.get(), failures, random);
        while (!stopped && book.toDial(peer).filter(failed::equals).isPresent()) {
            var leftNs = endNs - clock.nanoTime();
            if (leftNs <= 0 || !wake.tryAcquire(leftNs, TimeUnit.NANOSECONDS)) {
                return;
            }
        }
    }

    static long delayNs(PeerSettings settings, int failures, RandomGenerator random) {
        var longestNs = settings.redialMax().toNanos();
        var doubledNs = settings.redialMin().toNanos() * (1L << Math.clamp(failures - 1, 0, DOUBLINGS_MAX));
        var delayNs = Math.min(longestNs, doubledNs);
        return random.nextLong(delayNs + 1);
    }
}
