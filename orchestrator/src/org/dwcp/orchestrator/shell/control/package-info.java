// SPDX-License-Identifier: Apache-2.0
/**
 * The control port: how {@code ./dwcp COMMAND} reaches a running node. A loopback socket, a token that only the node's user can read, and a small framed
 * protocol. A command line travels as a list of words and is never read as a script. See docs/adr/0013.
 */
package org.dwcp.orchestrator.shell.control;
