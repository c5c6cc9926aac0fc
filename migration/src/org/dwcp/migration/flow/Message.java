// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.List;

import org.dwcp.api.DwcpException.Kind;

/** What the two ends of a flow say to each other, besides chunks. Layouts and limits stand in {@link Wire}. */
public sealed interface Message {
    /**
     * Sender: this flow is here to be taken. {@code total} is -1 when not known yet; {@code label} is the id that people see.
     */
    record Offer(FlowId id, String kind, String label, long total, byte[] meta) implements Message {
    }

    /** Receiver that opens: I want what {@code meta} describes; {@code id} is {@link FlowId#NONE} the first time. */
    record Want(FlowId id, String kind, String label, byte[] meta) implements Message {
    }

    /**
     * Receiver: I am ready on this channel and have these ranges. From another {@code instance} than before it replaces what was acknowledged: a
     * receiver that was restarted may have lost some.
     */
    record Have(long instance, long windowBytes, long checked, List<Range> ranges) implements Message {
        public Have {
            ranges = List.copyOf(ranges);
        }
    }

    /** Receiver: everything below {@code contiguous} and these ranges are written; {@code checked} parts have the right hash. */
    record Ack(long contiguous, long checked, List<Range> ranges) implements Message {
        public Ack {
            ranges = List.copyOf(ranges);
        }
    }

    /** Receiver: this chunk could not be decoded; send it again without this codec. */
    record Nak(long offset, int bytes, int codec, String why) implements Message {
    }

    /** Sender: the flow ends here. */
    record End(long total) implements Message {
    }

    /** Either, instead of an answer: no. */
    record Refuse(Kind kind, String why) implements Message {
    }

    /** Receiver: all bytes are there, checked and visible under their name. */
    record Done(long checked) implements Message {
    }

    /** Receiver: given up. */
    record Failed(Kind kind, String why) implements Message {
    }

    /** Sender: given up, by its user when the kind is RETRY; {@code discard} tells the receiver to remove what it has. */
    record Cancel(Kind kind, String why, boolean discard) implements Message {
    }

    /** Either: still here. */
    record Ping() implements Message {
    }
}
