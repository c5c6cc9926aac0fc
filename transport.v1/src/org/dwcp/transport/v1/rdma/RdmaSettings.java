// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;

/**
 * How RDMA is used. Immutable; every bound is checked.
 *
 * @param use         when
 * @param trusted     peers that may see data in clear
 * @param lanes       lanes of an unordered channel, 1 to 16
 * @param threads     event loops, 1 to 16; at the first use only
 * @param host        where peers reach this node's device, empty text for where they reach the node
 * @param bufferBytes memory that a lane locks for each direction, 64 KiB to 64 MiB
 * @param silence     silence of a peer before signs of life are asked for, 1 s to 10 min
 * @param barred      how long a peer is left to TCP after RDMA failed with it, 1 s to 10 min
 */
public record RdmaSettings(Use use, Set<NodeId> trusted, int lanes, int threads, String host, int bufferBytes, Duration silence, Duration barred) {
    /** When RDMA is used. */
    public enum Use {
        /** With the trusted peers that are named, if any are. */
        AUTO,
        /** Like that, or with every member of the cluster when none is named. */
        ON,
        /** Never. */
        OFF;

        /**
         * Reads a configuration's word.
         *
         * @param word {@code auto}, {@code on} or {@code off}
         * @return the value
         */
        public static Use of(String word) {
            return switch (word) {
                case "auto" -> AUTO;
                case "on" -> ON;
                case "off" -> OFF;
                default -> throw new org.dwcp.api.DwcpException(org.dwcp.api.DwcpException.Kind.REJECTED,
                        "rdma '" + word + "' is none of auto, on, off");
            };
        }
    }

    /** Checks every bound. */
    public RdmaSettings {
        Objects.requireNonNull(use);
        trusted = Set.copyOf(trusted);
        Check.argument(lanes >= 1 && lanes <= 16, "rdma.lanes %d is not in 1..16", lanes);
        Check.argument(threads >= 1 && threads <= 16, "rdma.threads %d is not in 1..16", threads);
        Objects.requireNonNull(host);
        Check.argument(bufferBytes >= 64 << 10 && bufferBytes <= 64 << 20, "rdma.buffer.bytes %d is not in %d..%d", bufferBytes, 64 << 10, 64 << 20);
        Check.argument(silence.toMillis() >= 1_000 && silence.toMillis() <= 600_000, "silence.timeout.ms %d is not in 1000..600000", silence.toMillis());
        Check.argument(barred.toMillis() >= 1_000 && barred.toMillis() <= 600_000, "rdma.backoff.ms %d is not in 1000..600000", barred.toMillis());
    }

    RdmaSockets.Tuning tuning() {
        return new RdmaSockets.Tuning(bufferBytes, (int) Math.max(1, silence.toSeconds() / 3));
    }
}
