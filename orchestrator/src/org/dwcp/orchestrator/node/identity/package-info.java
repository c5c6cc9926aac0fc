// SPDX-License-Identifier: Apache-2.0
/**
 * Who the node is: a cluster has one certificate authority, each node a key and a certificate with its name as DNS name (RFC 5280, section
 * 4.2.1.6). They live in {@code etc/tls} as PKCS#12 (RFC 7292), readable by the owner only. See docs/adr/0012.
 */
package org.dwcp.orchestrator.node.identity;
