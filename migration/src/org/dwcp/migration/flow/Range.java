// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import org.dwcp.api.Check;

/** Bytes from {@code start} to before {@code end}; never empty. */
public record Range(long start, long end) {
    public Range {
        Check.argument(start >= 0 && end > start, "range %d..%d is empty or negative", start, end);
    }

    /** Bytes in it. */
    public long bytes() {
        return end - start;
    }
}
