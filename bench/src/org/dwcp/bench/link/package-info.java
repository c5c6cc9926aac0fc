// SPDX-License-Identifier: Apache-2.0

/**
 * Two JVMs with a transport each ({@link org.dwcp.bench.link.Party}), the processor time that they take, and iperf3 beside them: what the
 * benchmarks of transports have in common.
 */
package org.dwcp.bench.link;
