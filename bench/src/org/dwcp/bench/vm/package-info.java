// SPDX-License-Identifier: Apache-2.0
/** Moves of running guests, beside QEMU's own ways. */
package org.dwcp.bench.vm;
