// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import org.dwcp.api.hybrid.NetworkMode;

/**
 * How far a flow may run ahead of its acknowledgements, by the node's mode: what a line holds grows with its length. Source of the defaults:
 * 10 Gbit/s at 10 ms hold 12 MiB, at 50 ms 60 MiB, at 100 ms 119 MiB; the next power of two, twice that in a datacenter, where a receiver's
 * disk stalls for longer than the line.
 *
 * @param datacenterBytes in mode DATACENTER
 * @param hybridBytes     in mode HYBRID, also before the first detection
 * @param internetBytes   in mode INTERNET
 */
public record ModeWindows(long datacenterBytes, long hybridBytes, long internetBytes) {
    public static final ModeWindows DEFAULT = new ModeWindows(32L << 20, 64L << 20, 128L << 20);

    public ModeWindows {
        FlowSettings.within("window.bytes.datacenter", datacenterBytes, FlowSettings.WINDOW_BYTES_MIN, FlowSettings.WINDOW_BYTES_LIMIT);
        FlowSettings.within("window.bytes.hybrid", hybridBytes, FlowSettings.WINDOW_BYTES_MIN, FlowSettings.WINDOW_BYTES_LIMIT);
        FlowSettings.within("window.bytes.internet", internetBytes, FlowSettings.WINDOW_BYTES_MIN, FlowSettings.WINDOW_BYTES_LIMIT);
    }

    /** Gives the window of a mode. */
    public long bytes(NetworkMode mode) {
        return switch (mode) {
            case DATACENTER -> datacenterBytes;
            case HYBRID -> hybridBytes;
            case INTERNET -> internetBytes;
        };
    }
}
