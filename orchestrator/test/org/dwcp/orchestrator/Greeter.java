// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.SwapContext;
import org.dwcp.api.Swappable;

/** A part so small that its tests are about the routing alone. */
public interface Greeter extends Swappable {
    /** A slot with a documented name, so that flags and registry know it. */
    Slot<Greeter> TRANSPORT = new Slot<>("transport", Greeter.class);

    /** Says who answers. */
    String greet();

    /** A greeter that says one thing. */
    static Greeter saying(String words) {
        return () -> words;
    }

    /** A greeter that cannot take over while the switch is on. */
    final class Broken implements Greeter {
        /** Whether it refuses. */
        public volatile boolean refuses;

        @Override
        public String greet() {
            return "broken";
        }

        @Override
        public void prepare(SwapContext swap) {
            if (refuses) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "expected by the test");
            }
        }
    }
}
