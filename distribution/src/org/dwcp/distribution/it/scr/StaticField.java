// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import java.util.concurrent.atomic.AtomicInteger;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Holds the best service in a static, greedy field. */
@Component(service = StaticField.class, immediate = true)
public final class StaticField {
    private static final AtomicInteger ACTIVATIONS = new AtomicInteger();

    @Reference(policyOption = ReferencePolicyOption.GREEDY)
    private Ranked service;

    @Activate
    void activate() {
        ACTIVATIONS.incrementAndGet();
    }

    public String held() {
        return service.name();
    }

    /** Activations of all instances since the bundle started. */
    public static int activations() {
        return ACTIVATIONS.get();
    }
}
