// SPDX-License-Identifier: Apache-2.0
/** A cluster in one JVM with transports that break, reorder and stall on demand; its routes move when a test says so. */
package org.dwcp.migration.fake;
