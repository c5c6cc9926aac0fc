// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/** A provider with a modified method. */
@Component(service = Keeping.class, configurationPid = Keeping.PID, property = "service.ranking:Integer=1")
public final class Keeping {
    /** Where its ranking is configured. */
    public static final String PID = "org.dwcp.distribution.it.keeping";

    private volatile int modifications;

    @Modified
    void modified() {
        modifications++;
    }

    public int modifications() {
        return modifications;
    }
}
