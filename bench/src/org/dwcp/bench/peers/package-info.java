// SPDX-License-Identifier: Apache-2.0

/** Many peers of one node: what an idle one costs, and calls of all of them. */
package org.dwcp.bench.peers;
