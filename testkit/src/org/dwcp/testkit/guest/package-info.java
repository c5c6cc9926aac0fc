// SPDX-License-Identifier: Apache-2.0

/**
 * Virtual machines for tests: a kernel and one program that changes and checks its memory. Needs QEMU 10 or newer, a C compiler, and once Debian's kernel; where
 * one of them is missing {@link org.dwcp.testkit.guest.GuestLab#prepare} says which, and a test skips with that.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.guest;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
