// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.Optional;
import java.util.function.Function;

import org.osgi.framework.BundleContext;

/** Looks services up at the moment they are asked: for the doctor, who must also work when they are missing. */
interface Services {
    /**
     * Asks one service something.
     *
     * @param type     its interface
     * @param question called once, when there is such a service
     * @param <S>      its interface
     * @param <A>      type of the answer
     * @return the answer, or empty when there is no such service
     */
    <S, A> Optional<A> ask(Class<S> type, Function<S, A> question);

    /** The framework's registry. */
    static Services of(BundleContext context) {
        return new Services() {
            @Override
            public <S, A> Optional<A> ask(Class<S> type, Function<S, A> question) {
                var reference = context.getServiceReference(type);
                var service = reference == null ? null : context.getService(reference);
                if (service == null) {
                    return Optional.empty();
                }
                try {
                    return Optional.of(question.apply(service));
                } finally {
                    context.ungetService(reference);
                }
            }
        };
    }
}
