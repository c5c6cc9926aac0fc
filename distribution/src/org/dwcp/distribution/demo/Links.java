// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.dwcp.api.node.NodeClock;
import org.dwcp.testkit.cluster.FreePorts;
import org.dwcp.testkit.transport.LinkShaper;

/**
 * The way to one node: a shaped link before its control port and before the port of each transport, so that a link can degrade as a whole and one
 * transport can be made to fail alone. The node advertises the near ends.
 */
final class Links implements AutoCloseable {
    /** Name of the link before the control port. */
    static final String CONTROL = "control";

    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, LinkShaper> shapers = new LinkedHashMap<>();

    Links(NodeClock clock, String... transports) throws IOException {
        open(clock, CONTROL);
        for (String transport : transports) {
            open(clock, transport);
        }
    }

    private void open(NodeClock clock, String name) throws IOException {
        ports.put(name, FreePorts.next());
        shapers.put(name, new LinkShaper(clock, ports.get(name)));
    }

    /** Port where the node itself listens. */
    int farPort(String name) {
        return ports.get(name);
    }

    /** Port where others reach it. */
    int nearPort(String name) {
        return shapers.get(name).port();
    }

    /** Sets delay and rate of every link of the node; a rate of 0 is no bound. */
    void shape(Duration oneWay, long bitsPerSecond) {
        shapers.values().forEach(shaper -> {
            shaper.delay(oneWay);
            shaper.rate(bitsPerSecond);
        });
    }

    /** Breaks what runs over one transport's link and refuses what comes, until healed. */
    void fail(String transport) {
        shapers.get(transport).refuse();
    }

    void heal(String transport) {
        shapers.get(transport).heal();
    }

    @Override
    public void close() {
        shapers.values().forEach(LinkShaper::close);
    }
}
