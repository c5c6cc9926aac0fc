// SPDX-License-Identifier: Apache-2.0

/** What a routed call costs, beside a direct call and the ways of plain OSGi. */
package org.dwcp.bench.route;
