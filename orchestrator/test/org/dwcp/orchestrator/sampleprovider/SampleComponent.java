// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.sampleprovider;

import java.util.Map;

import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.orchestrator.sample.Sample;

/** A component as a provider bundle has it, with a modified method; the test packs it into a bundle of its own. */
public final class SampleComponent implements Sample {
    private final int instance = System.identityHashCode(this);
    private volatile String name = "";
    private volatile ModeAwareAdapter adapter;

    /** Called by Declarative Services; the provider is a consumer of other slots, too. */
    public void bindAdapter(ModeAwareAdapter newAdapter) {
        adapter = newAdapter;
    }

    /** Called by Declarative Services. */
    public void activate(Map<String, Object> properties) {
        name = (String) properties.get("dwcp.provider");
    }

    /** Called by Declarative Services: the instance stays. */
    public void modified(Map<String, Object> properties) {
        name = (String) properties.get("dwcp.provider");
    }

    @Override
    public String name() {
        return adapter == null ? "no adapter" : name;
    }

    @Override
    public int instance() {
        return instance;
    }
}
