// SPDX-License-Identifier: Apache-2.0

/** Channels of the transports over the loopback interface, beside iperf3 on the same interface. */
package org.dwcp.bench.lan;
