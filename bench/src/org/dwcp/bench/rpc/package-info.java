// SPDX-License-Identifier: Apache-2.0

/** Small calls over loopback: ours between two nodes, beside an echo on plain Netty and gRPC. */
package org.dwcp.bench.rpc;
