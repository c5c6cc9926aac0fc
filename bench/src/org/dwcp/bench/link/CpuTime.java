// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

/** Processor time of processes. */
final class CpuTime {
    private CpuTime() {
    }

    /** User and system seconds that a running process has taken, in steps of the kernel's 10 ms. */
    static double seconds(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new IllegalStateException("no processor time of process " + pid)).toNanos() / 1e9;
    }
}
