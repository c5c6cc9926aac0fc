// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.message.Limits;

/**
 * What bounds and paces a replica. Every member of a group has the same checkpoint interval and client window; the rest is its own affair.
 *
 * @param checkpointInterval batches from one checkpoint to the next, 1 to 128
 * @param window             sequence numbers between the stable checkpoint and the high water mark: 2 to 4 intervals, at most 256
 * @param pipeline           batches that a leader proposes before the first of them is executed, 1 to 64
 * @param batchRequests      most requests of a batch
 * @param batchBytes         most bytes of a batch, with more than one request
 * @param clientWindow       sequence numbers of one client that are open or remembered, 1 to 4,096
 * @param clientRate         requests of one client that are taken between two status timers, from it and from each member that passes them on
 * @param messageRate        messages of one member that are taken between two status timers
 * @param requestTimeoutMs   until the leader is suspected; doubles with every view change that brings nothing
 * @param statusMs           between two status messages
 */
public record Settings(int checkpointInterval, int window, int pipeline, int batchRequests, int batchBytes, int clientWindow, int clientRate,
        int messageRate, long requestTimeoutMs, long statusMs) {
    /** Batches between a checkpoint and one that is asked for. Source: chosen; so that nobody makes the others write all the time. */
    public static final int CHECKPOINTS_APART_MIN = 4;
    /** For a node: values chosen and measured in ADR 0030. */
    public static final Settings DEFAULT = new Settings(64, 256, 8, 256, 512 << 10, 256, 20_000, 100_000, 2_000, 200);

    /**
     * Checks the bounds.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a value out of bounds
     */
    public Settings {
        in("checkpoint.interval.batches", checkpointInterval, 1, 128);
        in("window.batches", window, 2L * checkpointInterval, Math.min(Limits.WINDOW_MAX, 4L * checkpointInterval));
        in("pipeline.batches", pipeline, 1, 64);
        in("batch.requests.max", batchRequests, 1, Limits.BATCH_REQUESTS_MAX);
        in("batch.bytes.max", batchBytes, 1_024, Limits.BATCH_BYTES_MAX - Limits.COMMAND_BYTES_MAX);
        in("client.window.requests", clientWindow, 1, 4_096);
        in("client.rate.requests", clientRate, 1, 10_000_000);
        in("message.rate", messageRate, 10, 10_000_000);
        in("request.timeout.ms", requestTimeoutMs, 10, 600_000);
        in("status.interval.ms", statusMs, 5, 60_000);
    }

    private static void in(String key, long value, long least, long most) {
        Check.argument(value >= least && value <= most, "%s is %d, not between %d and %d", key, value, least, most);
    }
}
