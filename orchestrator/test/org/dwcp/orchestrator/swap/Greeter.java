// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.Optional;
import java.util.function.Supplier;

import org.dwcp.api.Handover;
import org.dwcp.api.SwapContext;
import org.dwcp.api.Swappable;

/** The slot that the tests of this package swap. */
public interface Greeter {
    String greet();

    /** Always answers the same; a plain object. */
    record Named(String greet) implements Greeter {
    }

    /** A provider whose every part of the contract a test can bend. */
    class Bent implements Greeter, Swappable {
        volatile Supplier<String> greet;
        volatile Runnable prepare = () -> { };
        volatile Supplier<Optional<Handover>> exported = Optional::empty;
        volatile java.util.function.Consumer<Handover> adopt = state -> { };
        volatile Runnable drain = () -> { };
        volatile Runnable probe = () -> { };
        volatile Readiness readiness = Readiness.READY;

        Bent(String name) {
            this.greet = () -> name;
        }

        /** Answers with failures from now on. */
        void fail(RuntimeException failure) {
            greet = () -> {
                throw failure;
            };
        }

        @Override
        public String greet() {
            return greet.get();
        }

        @Override
        public Readiness readiness() {
            return readiness;
        }

        @Override
        public void prepare(SwapContext swap) {
            prepare.run();
        }

        @Override
        public Optional<Handover> exportState(SwapContext swap) {
            return exported.get();
        }

        @Override
        public void adopt(SwapContext swap, Handover state) {
            adopt.accept(state);
        }

        @Override
        public void drain(SwapContext swap) {
            drain.run();
        }

        @Override
        public void probe() {
            probe.run();
        }
    }
}
