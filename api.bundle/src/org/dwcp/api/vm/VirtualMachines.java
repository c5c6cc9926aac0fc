// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.vm;

import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Virtual machines of QEMU on this node, and their moves to other nodes while they run. A node knows a guest by a file {@code etc/vms/NAME.vm} with the command
 * line of its QEMU; both nodes have one of the same name. A guest never runs on two nodes: who has released it does not run it before its peer has said,
 * durably, that it never will. Thread-safe.
 * {@snippet :
 * static MigrationStatus move(VirtualMachines machines) {
 *     Migration migration = machines.migrate("web", org.dwcp.api.NodeId.of("lisbon"), MigrationOptions.DEFAULT);
 *     return migration.await(java.time.Duration.ofMinutes(5));
 * }
 * }
 */
@ProviderType
public interface VirtualMachines {
    /**
     * Lists the guests that this node has descriptions of.
     *
     * @return by name
     */
    List<Guest> list();

    /**
     * Starts a guest's QEMU on this node.
     *
     * @param name the guest
     * @return how it stands then
     * @throws org.dwcp.api.DwcpException of kind REJECTED when there is no description, it runs already, or it belongs to another node
     */
    Guest start(String name);

    /**
     * Moves a running guest. The same order given while it runs is the same migration.
     *
     * @param name    the guest
     * @param peer    where it is to run
     * @param options standstill and patience
     * @return the running migration
     * @throws org.dwcp.api.DwcpException of kind REJECTED when there is no such guest or peer, the guest does not run here, or is on its way elsewhere
     */
    Migration migrate(String name, NodeId peer, MigrationOptions options);

    /**
     * Finds the last move of a guest from here.
     *
     * @param name the guest
     * @return it, or empty when there was none since this node started
     */
    Optional<Migration> find(String name);
}
