// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import org.dwcp.api.NodeId;

/** Small questions between members. Blocks; called on virtual threads only. */
interface Wire {
    /**
     * Asks a member.
     *
     * @return its answer
     * @throws org.dwcp.api.DwcpException when it cannot be reached, or what it threw
     */
    byte[] ask(NodeId peer, byte[] question);
}
