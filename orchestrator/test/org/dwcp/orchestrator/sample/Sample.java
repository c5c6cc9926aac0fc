// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.sample;

/** A slot's interface as a framework test gives it to bundles: from the system bundle. */
public interface Sample {
    /** Returns the provider's name. */
    String name();

    /** Returns a number that is new with each instance of the component. */
    int instance();
}
