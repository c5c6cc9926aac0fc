// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Request;

/** What happens to a replica. */
public sealed interface Event {
    /** The first event after construction or recovery. */
    record Started() implements Event {
    }

    /** A checked message from a member. */
    record Received(int from, Message message) implements Event {
    }

    /** A checked request straight from its client. */
    record Asked(Request request) implements Event {
    }

    /** Everything that was to be persisted up to this token is on the disk. */
    record Persisted(long token) implements Event {
    }

    /** A timer ran out. */
    record Expired(Timer timer, long generation) implements Event {
    }

    /** Bytes came from a member that the gate refused. {@code proven}: the content itself shows that the member is at fault. */
    record Refused(int from, String why, boolean proven) implements Event {
    }
}
