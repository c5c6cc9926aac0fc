// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.health;

import java.util.Optional;

import org.dwcp.api.Swappable;

/** A provider as its health is looked after. */
public interface Patient {
    /** Returns the name of the slot. */
    String slot();

    /** Returns the name of the provider. */
    String name();

    /** Returns its breaker. */
    Breaker breaker();

    /** Returns the provider when it is a {@link Swappable}; a plain object has neither readiness nor probe. */
    Optional<Swappable> swappable();

    /** Tells whether the provider has its own implementation of a method of {@link Swappable}. */
    boolean implementsOwn(String method);
}
