// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transfer;

import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Sends and fetches files and folders. A transfer survives a swap of transport or encoding, a broken lane and a restart of either end; what
 * arrives is checked by SHA-256 and appears under its name only when it is whole. Thread-safe.
 * {@snippet :
 * static TransferStatus copy(Transfers transfers, java.nio.file.Path file) {
 *     Transfer transfer = transfers.send(file, org.dwcp.api.NodeId.of("lisbon"), TransferOptions.DEFAULT);
 *     return transfer.await(java.time.Duration.ofMinutes(5));
 * }
 * }
 */
@ProviderType
public interface Transfers {
    /**
     * Sends a file or a folder into the peer's inbox. The same order given while it runs is the same transfer, with the rate limit of the last one.
     *
     * @param source  an existing file or folder
     * @param peer    the receiver
     * @param options name at the receiver, patience, rate
     * @return the running transfer
     * @throws org.dwcp.api.DwcpException of kind REJECTED when the source or the peer does not exist
     */
    Transfer send(java.nio.file.Path source, NodeId peer, TransferOptions options);

    /**
     * Fetches a file or a folder from the peer's inbox.
     *
     * @param peer    the sender
     * @param name    path below the peer's inbox, with {@code /}
     * @param target  where it goes; an existing folder gets it under its own name
     * @param options patience, rate
     * @return the running transfer
     */
    Transfer fetch(NodeId peer, String name, java.nio.file.Path target, TransferOptions options);

    /**
     * Lists running transfers and those that ended lately, at most 1,000.
     *
     * @return oldest first
     */
    List<TransferStatus> list();

    /**
     * Looks up a running transfer.
     *
     * @param id its id
     * @return the transfer, or empty when it does not run
     */
    Optional<Transfer> find(String id);
}
