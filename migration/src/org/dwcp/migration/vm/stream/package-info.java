// SPDX-License-Identifier: Apache-2.0
/**
 * QEMU's migration stream, and how its pages travel: what the other end has already is not sent again. Pure: bytes in, bytes out. Format and reasons:
 * {@code docs/adr/0036-live-migration.md}.
 */
package org.dwcp.migration.vm.stream;
