// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.transport.Transport;
import org.dwcp.orchestrator.shell.view.DoctorReport.Check;
import org.dwcp.orchestrator.shell.view.DoctorReport.Verdict;

/** What the doctor asks the transports: whether they have RDMA, and if not, why. */
final class TransportChecks {
    private static final String RDMA = "rdma";
    private static final String MEMORY = "rdma.memory";

    private TransportChecks() {
    }

    static List<Check> of(ModeAwareAdapter adapter) {
        var checks = new ArrayList<Check>();
        SlotCommands.installed(adapter, Transport.SLOT).stream().filter(provider -> provider.state().mayServe()).forEach(provider -> {
                    var traits = traits(adapter, provider);
                    if (traits.containsKey(MEMORY)) {
                        checks.add(new Check(RDMA, Verdict.WARN, provider.name() + ": " + traits.get(MEMORY), "raise the limit and start the node again"));
                    } else if (traits.containsKey(RDMA)) {
                        checks.add(new Check(RDMA, Verdict.OK, provider.name() + ": " + traits.get(RDMA), ""));
                    }
                });
        return checks;
    }

    /** A transport that does not answer has a check of its own already. */
    private static Map<String, String> traits(ModeAwareAdapter adapter, ProviderInfo provider) {
        try (var lease = adapter.route(Transport.SLOT).leaseNamed(provider.name())) {
            return lease.provider().stats().map(stats -> stats.traits()).orElse(Map.of());
        } catch (DwcpException e) {
            return Map.of();
        }
    }
}
