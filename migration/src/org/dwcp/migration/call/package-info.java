// SPDX-License-Identifier: Apache-2.0
/**
 * Small calls between nodes, protocol {@code dwcp.call}: requests and answers of one frame each on an ordered channel that is kept open for each
 * peer and transport. Requests carry a client and a number; the callee remembers its last answers by them.
 */
package org.dwcp.migration.call;
