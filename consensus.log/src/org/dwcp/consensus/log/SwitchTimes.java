// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.Map;

/** How long the last switch took on this member, step by step, from when its machine applied the seal. Thread-safe. */
final class SwitchTimes {
    private long sealedNs;
    private long markedUs;
    private long certifiedUs;
    private long openUs;
    private long answeredUs;
    private long switches;
    private boolean running;
    private boolean waitsForAnswer;

    /** The seal was applied. */
    synchronized void sealed(long nowNs) {
        sealedNs = nowNs;
        running = true;
        waitsForAnswer = false;
    }

    /** State and mark are durable. */
    synchronized void marked(long nowNs) {
        markedUs = us(nowNs);
    }

    /** The certificate is durable. */
    synchronized void certified(long nowNs) {
        certifiedUs = us(nowNs);
    }

    /** The next epoch's replica is open. */
    synchronized void opened(long nowNs) {
        if (running) {
            openUs = us(nowNs);
            answeredUs = 0;
            switches++;
            running = false;
            waitsForAnswer = true;
        }
    }

    /** An entry of the next epoch was answered. */
    synchronized void answered(long nowNs) {
        if (waitsForAnswer) {
            answeredUs = us(nowNs);
            waitsForAnswer = false;
        }
    }

    private long us(long nowNs) {
        return (nowNs - sealedNs) / 1_000;
    }

    synchronized Map<String, Long> figures() {
        return switches == 0 ? Map.of() : Map.of("switches.count", switches, "switch.last.us", openUs, "switch.last.marked.us", markedUs, "switch.last.certified.us", certifiedUs,
                "switch.last.answered.us", answeredUs);
    }
}
