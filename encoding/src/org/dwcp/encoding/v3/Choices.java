// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

import org.dwcp.api.encoding.BlockOutline;
import org.dwcp.api.encoding.EffortAdvisor;
import org.dwcp.api.encoding.EncodingStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all codecs of a provider share: its counts, the last reason, the pace of this machine, the advisor. Thread-safe. */
final class Choices {
    private static final Logger LOG = LoggerFactory.getLogger(Choices.class);
    /** How much one block changes the pace. Source: chosen; 35 blocks until half a pace is forgotten. */
    private static final double PACE_STEP = 1.02;
    private static final double PACE_MIN = 0.1;
    private static final double PACE_MAX = 10;

    private final String provider;
    private final LongAdder blocks = new LongAdder();
    private final LongAdder rawBytes = new LongAdder();
    private final LongAdder payloadBytes = new LongAdder();
    private final Map<Effort, LongAdder> byEffort = new ConcurrentHashMap<>();
    private volatile Last last;
    private volatile double pace = 1;
    private volatile EffortAdvisor advisor;
    private volatile boolean advisorFailed;

    Choices(String provider) {
        this.provider = provider;
    }

    /** The last choice, as numbers: words are made when somebody asks. */
    private record Last(Effort effort, String rule, double share, double nsAByte, long bandwidthBps) {
        String reason() {
            if (!rule.isEmpty()) {
                return effort.text() + ": " + rule;
            }
            return String.format("%s: least time by the model, %.0f %% of the bytes left over %.1f Mbit/s and %.2f CPU ns a byte", effort.text(), 100 * Math.min(1, share),
                    bandwidthBps / 1e6, nsAByte);
        }
    }

    void advisor(EffortAdvisor service) {
        advisor = service;
        advisorFailed = false;
    }

    void withdraw(EffortAdvisor service) {
        if (advisor == service) {
            advisor = null;
        }
    }

    /** What the advisor says; empty without one, and when it fails: a block is worth more than advice. */
    OptionalInt advised(Supplier<BlockOutline> outline) {
        EffortAdvisor now = advisor;
        if (now == null) {
            return OptionalInt.empty();
        }
        try {
            OptionalInt answer = now.advise(outline.get());
            return answer.isPresent() && answer.getAsInt() >= EffortAdvisor.STORE && answer.getAsInt() <= ZstdSettings.LEVEL_MAX ? answer : OptionalInt.empty();
        } catch (RuntimeException e) {
            if (!advisorFailed) {
                advisorFailed = true;
                LOG.warn("encoding.v3 advisor={} failed, the model decides: {}", now.getClass().getName(), e.toString());
            }
            return OptionalInt.empty();
        }
    }

    void chose(Effort effort, String rule, double share, double nsAByte, long bandwidthBps) {
        last = new Last(effort, rule, share, nsAByte, bandwidthBps);
        byEffort.computeIfAbsent(effort, _ -> new LongAdder()).increment();
    }

    void encoded(int raw, int payload) {
        blocks.increment();
        rawBytes.add(raw);
        payloadBytes.add(payload);
    }

    /** CPU time here over what the model says. */
    double pace() {
        return pace;
    }

    /** The pace goes to the median of what is measured: a block in whose middle something else ran counts as one. A lost update of two threads costs one block. */
    void learnPace(double measured) {
        double now = pace;
        pace = Math.clamp(measured > now ? now * PACE_STEP : now / PACE_STEP, PACE_MIN, PACE_MAX);
    }

    EncodingStats stats() {
        var counts = new TreeMap<String, Long>();
        byEffort.forEach((effort, count) -> counts.put(effort.text(), count.sum()));
        Last now = last;
        return new EncodingStats(provider, blocks.sum(), rawBytes.sum(), payloadBytes.sum(), counts, now == null ? "" : now.reason());
    }
}
