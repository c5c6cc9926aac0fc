// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import org.dwcp.api.DwcpException.Kind;

/** How a flow ended. {@code kind} is RETRY unless it failed; {@code why} is for people. */
public record FlowOutcome(State state, Kind kind, String why) {
    public static final FlowOutcome DONE = new FlowOutcome(State.DONE, Kind.RETRY, "");
    public static final FlowOutcome SUSPENDED = new FlowOutcome(State.SUSPENDED, Kind.RETRY, "this node stops; it goes on when the node is back");

    /** The ends there are. */
    public enum State {
        /** All bytes are at the receiver and right. */
        DONE,
        /** Given up. */
        FAILED,
        /** Given up because somebody asked for it. */
        CANCELLED,
        /** This node stops; the flow can be resumed. */
        SUSPENDED
    }

    public static FlowOutcome failed(Kind kind, String why) {
        return new FlowOutcome(State.FAILED, kind, why);
    }

    public static FlowOutcome cancelled(String why) {
        return new FlowOutcome(State.CANCELLED, Kind.RETRY, why);
    }
}
