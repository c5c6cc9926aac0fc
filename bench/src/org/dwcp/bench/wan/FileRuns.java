// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;
import java.util.List;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Row;
record FileRuns(BenchOptions options) {
    List<Row> rows() {
        return List.of();
    }
}
