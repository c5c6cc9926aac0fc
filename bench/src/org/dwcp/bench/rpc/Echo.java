// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

/** Two ends on the loopback interface, of which one sends back what it gets. Called by one thread. */
interface Echo extends AutoCloseable {
    /** Returns what stands in the table: product, version, how it was set up. */
    String title();

    /**
     * Keeps some requests outstanding until the time is over, and waits for the last answers.
     *
     * @param payload     what each request carries
     * @param outstanding requests under way at any time
     * @param timing      takes each answer's latency and says when it is over
     * @throws IllegalStateException when an answer was wrong or missing
     */
    void run(byte[] payload, int outstanding, Timing timing) throws Exception;

    @Override
    void close();
}
