// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import org.osgi.service.component.annotations.Component;

/** A provider without a modified method. */
@Component(service = Recreated.class, configurationPid = Recreated.PID, property = "service.ranking:Integer=1")
public final class Recreated {
    /** Where its ranking is configured. */
    public static final String PID = "org.dwcp.distribution.it.recreated";
}
