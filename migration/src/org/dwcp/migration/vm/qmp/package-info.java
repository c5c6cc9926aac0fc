// SPDX-License-Identifier: Apache-2.0
/** QEMU's machine protocol (QMP): commands and events of a guest over a local socket. */
package org.dwcp.migration.vm.qmp;
