// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Holds the best service in a dynamic, greedy field. */
@Component(service = DynamicField.class, immediate = true)
public final class DynamicField {
    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile Ranked service;

    public String held() {
        return service.name();
    }
}
