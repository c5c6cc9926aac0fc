// SPDX-License-Identifier: Apache-2.0

/** Ordering: entries a second and how long each takes, every one on the disks of a quorum. */
package org.dwcp.bench.consensus;
