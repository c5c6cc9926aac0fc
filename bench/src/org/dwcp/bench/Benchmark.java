// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import java.util.List;

/** One comparison of ours with a peer's. Called once, from the main thread. */
public interface Benchmark {
    /** Returns the word that starts it on the command line: lower case, letters, digits and dashes. */
    String name();

    /** Returns one line: what is measured, and beside what. */
    String description();

    /**
     * Measures ours and the peer's in turns on the same data.
     *
     * @param options how long to take
     * @return one row for each case, in the order in which they are to be shown
     * @throws Exception when it could not measure; a number that could not be taken is never made up
     */
    List<Row> run(BenchOptions options) throws Exception;
}
