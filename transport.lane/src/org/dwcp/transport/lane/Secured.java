// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import org.dwcp.api.NodeId;

/** Pipeline event: the connection's handshake is done, by TLS or by a ticket, and the peer has shown who it is. */
record Secured(NodeId peer) {
}
