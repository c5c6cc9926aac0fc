// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.concurrent.Ticker;

/**
 * Runs the RDMA sockets of one event loop: waits for all of them at once and tells each what happened. Their number is small, so it is looked
 * through as a whole. Everything but {@link #wakeup} runs on the loop.
 */
final class RdmaIoHandler implements IoHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RdmaIoHandler.class);
    /** Longest wait without work; a limit of the library's own is the same. Source: chosen. */
    private static final long WAIT_MS_MAX = 1_000;

    private final RdmaLibrary library;
    private final ThreadAwareExecutor loop;
    private final List<Place> places = new ArrayList<>();
    private volatile RdmaSockets sockets;
    private int[] numbers = new int[16];
    private int[] interests = new int[16];
    private Place[] asked = new Place[16];

    RdmaIoHandler(RdmaLibrary library, ThreadAwareExecutor loop) {
        this.library = library;
        this.loop = loop;
    }

    /** A channel that takes part. Called on the loop. */
    interface Member {
        /** The socket, or negative when there is none yet. */
        int socket();

        /** What it waits for: {@link RdmaSockets#IN}, {@link RdmaSockets#OUT}, both, or 0 to be left out. */
        int interest();

        /** Something has happened to its socket. */
        void happened(int what);

        /** The loop ends. */
        void closeNow();
    }

    /** A member as Netty wants it; a channel cannot be that itself, both have a method {@code close}. */
    record Handle(Member member) implements IoHandle {
        @Override
        public void handle(IoRegistration place, IoEvent event) {
            throw new UnsupportedOperationException("members are told directly");
        }

        @Override
        public void close() {
            member.closeNow();
        }
    }

    /** A handle's place among the others. */
    final class Place implements IoRegistration {
        private final Member member;
        private boolean valid = true;

        private Place(Member member) {
            this.member = member;
        }

        RdmaSockets sockets() {
            return sockets;
        }

        @Override
        @SuppressWarnings("unchecked") // Netty's signature leaves the type to the caller; only this package calls it
        public <T> T attachment() {
            return (T) this;
        }

        @Override
        public long submit(IoOps ops) {
            throw new UnsupportedOperationException("a handle is asked for its interest");
        }

        @Override
        public boolean isValid() {
            return valid;
        }

        @Override
        public boolean cancel() {
            boolean was = valid;
            valid = false;
            if (was) {
                places.remove(this);
            }
            return was;
        }
    }

    @Override
    public void initialize() {
        sockets = library.open();
    }

    @Override
    public int run(IoHandlerContext context) {
        int count = 0;
        for (var place : places) {
            int interest = place.member.interest();
            if (interest != 0 && place.member.socket() >= 0) {
                if (count == numbers.length) {
                    grow();
                }
                numbers[count] = place.member.socket();
                interests[count] = interest;
                asked[count++] = place;
            }
        }
        try {
            int happened = sockets.await(numbers, interests, count, context.canBlock() ? waitMs(context) : 0);
            for (int index = 0; index < count && happened > 0; index++) {
                if (interests[index] != 0 && asked[index].valid) {
                    asked[index].member.happened(interests[index]);
                }
            }
            return Math.max(0, happened);
        } catch (IOException e) {
            LOG.warn("rdma sockets cannot be waited for; their channels are closed reason=\"{}\"", e.getMessage());
            List.copyOf(places).forEach(place -> place.member.closeNow());
            return 0;
        } finally {
            Arrays.fill(asked, 0, count, null);
        }
    }

    /** Until the loop's next timer, by the loop's own clock. */
    private static int waitMs(IoHandlerContext context) {
        long delayNs = context.delayNanos(Ticker.systemTicker().nanoTime());
        return (int) Math.min(WAIT_MS_MAX, Math.max(0, (delayNs + 999_999) / 1_000_000));
    }

    private void grow() {
        numbers = Arrays.copyOf(numbers, numbers.length * 2);
        interests = Arrays.copyOf(interests, interests.length * 2);
        asked = Arrays.copyOf(asked, asked.length * 2);
    }

    @Override
    public IoRegistration register(IoHandle handle) {
        var place = new Place(((Handle) handle).member());
        places.add(place);
        return place;
    }

    @Override
    public void wakeup() {
        var open = sockets;
        if (open != null && !loop.isExecutorThread(Thread.currentThread())) {
            open.wake();
        }
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
        return Handle.class == type;
    }

    @Override
    public void prepareToDestroy() {
        List.copyOf(places).forEach(place -> place.member.closeNow());
    }

    @Override
    public void destroy() {
        sockets.close();
    }
}
