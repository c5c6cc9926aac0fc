// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.vm.Guest;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationOptions;
import org.dwcp.api.vm.VirtualMachines;
import org.dwcp.migration.vm.GuestOrders;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Virtual machines as a service. Immediate, because a guest that was given away is asked after without being asked for. */
@Component(service = VirtualMachines.class, immediate = true)
public final class VirtualMachinesComponent implements VirtualMachines {
    private final GuestOrders orders;

    /** Takes up what a restart left open. */
    @Activate
    public VirtualMachinesComponent(@Reference Calls calls, @Reference GuestHost guests, @Reference PackHost flows, @Reference HybridOrchestrator orchestrator) {
        orders = new GuestOrders(flows.flows(), calls, guests.guests(), () -> orchestrator.mode().mode());
    }

    @Deactivate
    void deactivate() {
        orders.close();
    }

    @Override
    public List<Guest> list() {
        return orders.list();
    }

    @Override
    public Guest start(String name) {
        return orders.start(name);
    }

    @Override
    public Migration migrate(String name, NodeId peer, MigrationOptions options) {
        return orders.migrate(name, peer, options);
    }

    @Override
    public Optional<Migration> find(String name) {
        return orders.find(name);
    }
}
