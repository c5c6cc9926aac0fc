// SPDX-License-Identifier: Apache-2.0
package org.dwcp.exam;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.inject.Inject;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.testkit.Requirement;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** Moves a slot to and fro under calls, in a framework that was not set up by bnd. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class SwapExam {
    private static final int CALLERS = 4;
    private static final int SWAPS = 20;
    private static final byte[] BLOCK = "called while the slot moves. ".repeat(200).getBytes(StandardCharsets.US_ASCII);

    @Inject
    private HybridOrchestrator orchestrator;

    @Inject
    private ModeAwareAdapter adapter;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong calls = new AtomicLong();
    private final Set<Integer> codecs = ConcurrentHashMap.newKeySet();
    private final List<String> failures = new CopyOnWriteArrayList<>();

    @Configuration
    public Option[] bundles() {
        return new Option[] {NodeOptions.node()};
    }

    @Test
    @Requirement({"R-133", "R-446"})
    public void failsNoCallWhileItPromotesAndRollsBack() throws Exception {
        Route<Encoding> route = adapter.route(Encoding.SLOT);
        List<SwapRecord> swaps = new ArrayList<>();
        try (var callers = Executors.newFixedThreadPool(CALLERS)) {
            for (int caller = 0; caller < CALLERS; caller++) {
                var key = RouteKey.of("caller-" + caller);
                callers.submit((Callable<Void>) () -> call(route, key));
            }
            for (int swap = 0; swap < SWAPS; swap++) {
                awaitCalls(1_000);
                swaps.addAll(orchestrator.promote("encoding", swap % 2 == 0 ? "encoding.v3" : "encoding.v0", 100, "exam"));
                awaitCalls(1_000);
                swaps.addAll(orchestrator.rollback("encoding", "exam"));
            }
            over.set(true);
        }

        assertEquals(List.of(), failures);
        assertEquals("every swap moved the slot", 2 * SWAPS, swaps.stream().filter(swap -> swap.outcome() == SwapRecord.Outcome.COMMITTED).count());
        assertEquals("no lease was given up", 0, swaps.stream().mapToLong(SwapRecord::aborted).sum());
        assertTrue("all three versions served: " + codecs, codecs.containsAll(Set.of(0, 1, 3)));
    }

    /** Waits for so many more calls: traffic flows between two swaps, however slow the machine is. */
    private void awaitCalls(int more) {
        long wanted = calls.get() + more;
        while (calls.get() < wanted && failures.isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private Void call(Route<Encoding> route, RouteKey key) {
        ByteBuffer frame = ByteBuffer.allocateDirect(BLOCK.length + 1024);
        ByteBuffer back = ByteBuffer.allocate(BLOCK.length);
        while (!over.get() && failures.isEmpty()) {
            try {
                codecs.add(route.call(key, encoding -> {
                    encoding.encode(ByteBuffer.wrap(BLOCK), frame.clear());
                    encoding.decode(frame.flip(), back.clear());
                    return encoding.codecId();
                }));
                if (!back.flip().equals(ByteBuffer.wrap(BLOCK))) {
                    failures.add("a block came back changed");
                }
            } catch (RuntimeException e) {
                failures.add(e.toString());
            }
            calls.incrementAndGet();
        }
        return null;
    }
}
