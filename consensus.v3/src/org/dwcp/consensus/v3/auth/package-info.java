// SPDX-License-Identifier: Apache-2.0

/**
 * Who said it. Votes of the normal case carry a vector of MACs (HMAC-SHA256 truncated to 128 bits, RFC 2104), one for each member: half a
 * microsecond each. What must convince a third party carries an Ed25519 signature (RFC 8032): view changes, new views, checkpoints, approvals,
 * client requests. Source of the split: Castro and Liskov, "Practical Byzantine Fault Tolerance and Proactive Recovery", TOCS 2002.
 */
package org.dwcp.consensus.v3.auth;
