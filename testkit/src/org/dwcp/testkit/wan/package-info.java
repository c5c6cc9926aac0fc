// SPDX-License-Identifier: Apache-2.0

/**
 * A wide-area link on one machine, packet by packet: two network namespaces joined by an emulator of our own ({@code native/}), so that the
 * kernel's TCP meets real round trips, losses and queues. Needs root, {@code /dev/net/tun}, {@code ip} and a C compiler; where one of them is
 * missing {@link org.dwcp.testkit.wan.WanLink#unavailable} says which, and a test skips with that. What it does and how far it can be trusted:
 * {@code docs/adr/0019-wan-emulator.md}.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.wan;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
