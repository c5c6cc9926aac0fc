// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.decide.ProviderFacts;

/** Makes what callers and operators see of a provider. */
public final class Infos {
    private Infos() {
    }

    /** Returns a provider as the decision left it, with the work that runs on it now. */
    public static ProviderInfo of(Decision.Entry entry, ProviderHandle handle) {
        ProviderFacts p = entry.provider();
        return new ProviderInfo(p.slot(), p.name(), p.version(), p.modes(), p.capabilities(), p.ranking(), entry.share(), entry.state(),
                entry.reason(), handle.inFlight());
    }
}
