// SPDX-License-Identifier: Apache-2.0

/**
 * AMST v1, the datacenter's transport: 32 to 512 TCP lanes a channel between machines, one lane a core within one. It does not pace and keeps
 * the system's congestion control. RDMA lanes are not part of it yet; what it finds of RDMA devices stands in its traits.
 */
package org.dwcp.transport.v1;
