// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

/** What a replica waits for. Each runs at most once at a time. */
public enum Timer {
    /** The oldest request must be executed by then, or the leader is changed. */
    REQUEST,
    /** The new leader must have begun by then, or the next one is tried. */
    NEW_VIEW,
    /** Others are told where this replica stands; rates are counted anew. */
    STATUS
}
