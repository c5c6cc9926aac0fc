// SPDX-License-Identifier: Apache-2.0

/** What callers notice of a swap, and how long it takes, beside what plain OSGi offers. */
package org.dwcp.bench.swap;
