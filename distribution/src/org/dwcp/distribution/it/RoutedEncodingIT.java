// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.testkit.encoding.EncodingContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** The slot's contract holds for what a consumer gets, the routed object, as it does for each provider by itself. */
class RoutedEncodingIT extends EncodingContract {
    private static final BundleContext CONTEXT = FrameworkUtil.getBundle(RoutedEncodingIT.class).getBundleContext();

    private static <S> S service(Class<S> type) {
        return CONTEXT.getService(CONTEXT.getServiceReference(type));
    }

    /** So that the codec of a frame is known; the routing would choose by mode. */
    @BeforeAll
    static void pin() {
        service(HybridOrchestrator.class).pin("encoding", "encoding.v1", "contract test");
    }

    @AfterAll
    static void unpin() {
        service(HybridOrchestrator.class).unpin("encoding", "contract test");
    }

    @Override
    protected Encoding start() {
        return service(HybridManager.class).get(Encoding.SLOT);
    }

    /** Nobody stops a route: its provider may go, and the next one answers. */
    @Override
    protected void stop(Encoding routed) {
        // The framework stops it at the end of all tests.
    }

    @Override
    protected int expectedCodecId() {
        return 1;
    }
}
