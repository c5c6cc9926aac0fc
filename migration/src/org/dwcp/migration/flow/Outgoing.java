// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;

/** Keeps a link under a sender that this end began. */
public final class Outgoing {
    private Outgoing() {
    }

    /** Connects the flow until it is over or patience ends. */
    public static void connect(FlowNode node, NodeId peer, Duration patience, FlowSender sender, FlowProgress progress) {
        new Connector(node, peer, patience, new Connector.Line() {
            @Override
            public RouteKey key() {
                return sender.key();
            }

            @Override
            public void greet(Link link) {
                sender.greet(link);
            }

            @Override
            public void greetAgain(Link link) {
                sender.greetAgain(link);
            }

            @Override
            public boolean isOver() {
                return sender.isOver();
            }

            @Override
            public long progressNs() {
                return sender.progressNs();
            }

            @Override
            public void waiting(String why) {
                progress.waiting(why);
            }

            @Override
            public void failed(FlowOutcome how) {
                sender.cancel(how, FlowSink.Fate.KEEP);
            }
        }).start();
    }
}
