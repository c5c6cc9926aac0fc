// SPDX-License-Identifier: Apache-2.0

/** What reading the clock costs: the floor under every measurement and every time stamp. */
package org.dwcp.bench.clock;
