// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import org.dwcp.migration.flow.FlowSettings;

/**
 * Limits of the transfers that this node was asked for. Immutable.
 *
 * @param transfersMax most that run at once; others wait in line
 * @param queueMax     most that wait in line
 * @param partDaysMax  days after which an unfinished transfer in the inbox that nobody came back for is removed
 */
public record TransferSettings(int transfersMax, int queueMax, int partDaysMax) {
    public static final TransferSettings DEFAULT = new TransferSettings(16, 1_000, 7);

    public TransferSettings {
        FlowSettings.within("transfers.max", transfersMax, 1, 256);
        FlowSettings.within("queue.transfers.max", queueMax, 1, 100_000);
        FlowSettings.within("parts.days.max", partDaysMax, 1, 3_650);
    }
}
