// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.flow.FlowSettings;

/**
 * Limits of what a node keeps of images. Immutable.
 *
 * @param store       of the chunk store
 * @param partDaysMax days after which an unfinished pack is removed, 1 to 3650
 */
public record DepotSettings(StoreSettings store, int partDaysMax) {
    /** 64 GiB, 8 million chunks, 10 versions of a name; 7 days. */
    public static final DepotSettings DEFAULT = new DepotSettings(StoreSettings.DEFAULT, 7);

    public DepotSettings {
        FlowSettings.within("parts.days.max", partDaysMax, 1, 3_650);
    }
}
