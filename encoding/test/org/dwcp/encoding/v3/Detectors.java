// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;

/** Mode detectors that only report. */
final class Detectors {
    private Detectors() {
    }

    static ModeDetector always(NetworkMode mode) {
        var report = new ModeReport(mode, true, true, Instant.EPOCH, Optional.empty(), List.of(), "test");
        return detector(() -> report);
    }

    /** One that knows the bandwidth of one link. */
    static ModeDetector linked(NodeId peer, long bandwidthBps, NetworkMode mode) {
        var conditions = new LinkConditions(1_000_000, bandwidthBps, 0, Instant.EPOCH, "test");
        var link = new LinkReport(peer, mode, true, Instant.EPOCH, Optional.of(conditions), List.of(conditions), "test", List.of());
        var report = new ModeReport(mode, true, true, Instant.EPOCH, Optional.empty(), List.of(), "test");
        return (ModeDetector) Proxy.newProxyInstance(ModeDetector.class.getClassLoader(), new Class<?>[] {ModeDetector.class},
                (proxy, method, arguments) -> method.getName().equals("links") ? List.of(link) : report);
    }

    static ModeDetector stopped() {
        return detector(() -> {
            throw new IllegalStateException("stopped");
        });
    }

    private static ModeDetector detector(java.util.function.Supplier<ModeReport> report) {
        return (ModeDetector) Proxy.newProxyInstance(ModeDetector.class.getClassLoader(), new Class<?>[] {ModeDetector.class},
                (proxy, method, arguments) -> {
                    ModeReport now = report.get();
                    return method.getName().equals("links") ? List.of() : now;
                });
    }
}
