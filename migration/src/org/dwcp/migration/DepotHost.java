// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import org.dwcp.migration.depot.Depot;

/** Has what the node keeps of images. Inside this bundle only. */
interface DepotHost {
    Depot depot();
}
