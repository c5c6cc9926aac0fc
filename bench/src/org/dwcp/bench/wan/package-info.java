// SPDX-License-Identifier: Apache-2.0

/** The internet's transport over an emulated wide-area link, beside iperf3, rsync and scp over the same link. */
package org.dwcp.bench.wan;
