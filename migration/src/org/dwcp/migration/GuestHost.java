// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import org.dwcp.migration.vm.Guests;

/** Has the guests of this node. Inside this bundle only. */
interface GuestHost {
    Guests guests();
}
