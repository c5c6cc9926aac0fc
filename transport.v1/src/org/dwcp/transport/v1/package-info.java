// SPDX-License-Identifier: Apache-2.0

/**
 * AMST v1, the datacenter's transport: RDMA lanes where both ends have a device and trust each other, else 32 to 512 TCP lanes a channel between
 * machines and one lane a core within one. It does not pace and keeps the system's congestion control.
 */
package org.dwcp.transport.v1;
