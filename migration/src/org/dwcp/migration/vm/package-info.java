// SPDX-License-Identifier: Apache-2.0
/**
 * Virtual machines: which there are, whose each is, and their move to another node while they run. Reasons: {@code docs/adr/0036-live-migration.md}.
 */
package org.dwcp.migration.vm;
