// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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

    static ModeDetector stopped() {
        return detector(() -> {
            throw new IllegalStateException("stopped");
        });
    }

    private static ModeDetector detector(java.util.function.Supplier<ModeReport> report) {
        return (ModeDetector) Proxy.newProxyInstance(ModeDetector.class.getClassLoader(), new Class<?>[] {ModeDetector.class},
                (proxy, method, arguments) -> report.get());
    }
}
