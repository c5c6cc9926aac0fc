// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** What the lanes of a channel run on, and what has gone over it: TLS, or a fabric. */
record Way(Optional<Fabric> fabric, Traffic traffic, LongAdder lanesTotal) {
    static Way tls(Counters counters) {
        return new Way(Optional.empty(), new Traffic(counters.traffic), new LongAdder());
    }

    static Way over(Fabric fabric, Counters counters) {
        return new Way(Optional.of(fabric), new Traffic(counters.traffic), new LongAdder());
    }

    /** Whether its lanes are TCP connections to the provider's own port. */
    boolean isTcp() {
        return fabric.map(Fabric::isTcp).orElse(true);
    }

    String name() {
        return fabric.map(Fabric::name).orElse("tls");
    }
}
