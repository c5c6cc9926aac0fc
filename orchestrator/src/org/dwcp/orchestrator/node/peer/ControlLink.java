// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.ProviderAdvert;

/**
 * One control connection after its handshake. Its reader is the thread that calls {@link #converse}; a second thread writes what waits in a
 * bounded queue, so that a peer that does not read stops nobody but itself. An end that leaves says why and half-closes; the other end closes:
 * so the reason is not lost to a reset.
 */
final class ControlLink {
    /** Messages that may wait for a peer that does not read. Source: chosen; adverts are whole lists, so few can matter. */
    static final int QUEUE_MAX = 64;
    private static final int LEAVE_TIMEOUT_MS = 500;
    /** Ping intervals for which the other end may leave a goodbye unanswered. Source: chosen; with the default interval about {@link #LEAVE_TIMEOUT_MS}. */
    private static final int LEAVE_TICKS_MAX = 1;

    /** Who hears of the peer's adverts. */
    interface Listener {
        void advert(ControlLink link, List<ProviderAdvert> providers);
    }

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ControlMessage.Hello hello;
    private final NodeId dialler;
    private final String host;
    private final NodeClock clock;
    private final BlockingQueue<ControlMessage> queue = new ArrayBlockingQueue<>(QUEUE_MAX);

    private volatile List<ProviderAdvert> advertised;
    private volatile long pingNumber;
    private volatile long pingAtNs;
    private volatile long pongNumber;
    private volatile long rttNs;
    private volatile long rttMinNs;
    private volatile boolean leaving;
    private int leavingTicks;
    private volatile boolean removed;
    private volatile boolean saidGoodbye;
    private volatile String end = "";

    /**
     * Takes over a connection.
     *
     * @param socket     the plain socket below TLS: closing it never blocks
     * @param hello      what the peer said
     * @param dialler    which of the two ends dialled
     * @param host       the peer's address, as seen by this end
     * @param advertised the providers in the HELLO that was sent
     */
    ControlLink(Socket socket, DataInputStream in, DataOutputStream out, ControlMessage.Hello hello, NodeId dialler, String host,
            List<ProviderAdvert> advertised, NodeClock clock) {
        this.socket = socket;
        this.in = in;
        this.out = out;
        this.hello = hello;
        this.dialler = dialler;
        this.host = host;
        this.advertised = advertised;
        this.clock = clock;
    }

    NodeId peer() {
        return hello.node();
    }

    ControlMessage.Hello hello() {
        return hello;
    }

    NodeId dialler() {
        return dialler;
    }

    String host() {
        return host;
    }

    long rttNs() {
        return rttNs;
    }

    /** Reads until the connection ends. Gives the reason, or empty text when the end is no problem. */
    String converse(Listener listener, OwnThreads threads) {
        var writer = threads.start("node.peers.write-" + peer(), this::write);
        try {
            while (true) {
                var message = ControlCodec.read(in);
                if (leaving) {
                    continue; // only waits for the other end to close
                }
                switch (message) {
                    case ControlMessage.Ping ping -> queue.put(new ControlMessage.Pong(ping.number()));
                    case ControlMessage.Pong pong -> answered(pong.number());
                    case ControlMessage.Advert advert -> listener.advert(this, advert.providers());
                    case ControlMessage.Goodbye goodbye -> {
                        return farewell(goodbye);
                    }
                    case ControlMessage.Hello second -> throw new Refusal("node " + second.node() + " sent HELLO twice");
                }
            }
        } catch (IOException e) {
            return end.isEmpty() && !leaving ? Refusal.text(e, peer() + " at " + host) : end;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return end;
        } finally {
            close();
            writer.interrupt();
        }
    }

    private void write() {
        try {
            while (true) {
                var message = queue.take();
                if (message instanceof ControlMessage.Ping ping) {
                    pingAtNs = clock.nanoTime();
                    pingNumber = ping.number();
                }
                ControlCodec.write(out, message);
                if (message instanceof ControlMessage.Goodbye goodbye) {
                    if (goodbye.code() == ControlMessage.Code.SILENT) {
                        close(); // it will not answer; what was written reaches it when it runs again
                        return;
                    }
                    socket.setSoTimeout(LEAVE_TIMEOUT_MS);
                    socket.shutdownOutput();
                    return;
                }
            }
        } catch (IOException e) {
            close(); // the reader sees the end and says why
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answered(long number) {
        if (number == pingNumber && number > pongNumber) {
            rttNs = Math.max(1, clock.nanoTime() - pingAtNs);
            rttMinNs = rttMinNs == 0 ? rttNs : Math.min(rttMinNs, rttNs);
        }
        pongNumber = Math.min(Math.max(pongNumber, number), pingNumber);
    }

    /**
     * Called at each ping interval: gives the link up when too many pings are unanswered, sends the next one otherwise. Pings are counted and not
     * time: a node that stood still itself has sent none meanwhile, and does not blame its peers.
     */
    void tick(PeerSettings settings, List<ProviderAdvert> providers) {
        if (leaving) {
            if (++leavingTicks > LEAVE_TICKS_MAX) {
                close(); // the other end takes no notice of the goodbye
            }
            return;
        }
        var missed = pingNumber - pongNumber;
        if (missed >= settings.missedMax(rttMinNs)) {
            end = "node " + peer() + " did not answer " + missed + " pings; check its machine and the network";
            leave(ControlMessage.Code.SILENT, missed + " pings to " + peer() + " were not answered");
            return;
        }
        advertise(providers);
        offer(new ControlMessage.Ping(pingNumber + 1));
    }

    /** Sends the list unless the peer has it. */
    void advertise(List<ProviderAdvert> providers) {
        if (!providers.equals(advertised)) {
            advertised = providers;
            offer(new ControlMessage.Advert(providers));
        }
    }

    private void offer(ControlMessage message) {
        if (!queue.offer(message)) {
            abort("node " + peer() + " does not read: " + QUEUE_MAX + " messages wait for it");
        }
    }

    /** Says goodbye; the connection ends soon after. */
    void leave(ControlMessage.Code code, String reason) {
        leaving = true;
        saidGoodbye |= code != ControlMessage.Code.SILENT;
        if (!queue.offer(new ControlMessage.Goodbye(code, reason))) {
            close();
        }
    }

    /** Ends the connection at once. */
    void abort(String reason) {
        if (end.isEmpty()) {
            end = reason;
        }
        close();
    }

    /** True when the peer has ended the link because it does not want to know this node. */
    boolean isRemovedByPeer() {
        return removed;
    }

    /** True when one end has left on purpose, so that nothing is wrong with the way between them. */
    boolean isOrderly() {
        return saidGoodbye;
    }

    private String farewell(ControlMessage.Goodbye goodbye) {
        saidGoodbye = true;
        removed = goodbye.code() == ControlMessage.Code.REMOVED;
        return switch (goodbye.code()) {
            case DUPLICATE -> "";
            case STOPPING -> "node " + peer() + " was stopped";
            case SILENT -> Refusal.cut("node " + peer() + " gave this node up: " + goodbye.reason());
            case REMOVED, REFUSED -> Refusal.cut("node " + peer() + " refuses this node: " + goodbye.reason());
        };
    }

    private void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // A plain socket that cannot be closed is closed already.
        }
    }
}
