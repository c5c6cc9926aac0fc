// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import org.dwcp.api.Registration;

/** What the parts of this bundle need of the detector beyond the API. Thread-safe. */
public interface Detection {
    /** Adds a source. It comes after the detector, because it reaches the links over the routing, which is built on the detector. */
    Registration attach(LinkSource source);

    /** Asks to be called at the end of every detection cycle, on the detector's thread. */
    Registration onCycle(Runnable action);

    /** Returns the detection cycles since start. */
    long cycles();

    /** Returns the cycles in which a source or a rule threw. */
    long failures();
}
