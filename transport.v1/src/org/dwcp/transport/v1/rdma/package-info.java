// SPDX-License-Identifier: Apache-2.0

/**
 * RDMA connections as Netty channels, by rsockets of librdmacm (rsocket(7)) through {@code java.lang.foreign}. Nothing is loaded or started before there is a
 * device with a port that is up.
 */
package org.dwcp.transport.v1.rdma;
