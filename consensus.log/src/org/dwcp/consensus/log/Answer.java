// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;

/**
 * What became of one item.
 *
 * @param code what
 * @param body answer of the state machine, or text
 */
record Answer(Code code, byte[] body) {
    private static final Answer LATER = new Answer(Code.LATER, new byte[0]);

    /** What can become of an item. */
    enum Code {
        /** It took effect, now or before. */
        DONE,
        /** The state machine refused it; that is its effect. */
        REFUSED,
        /** It took effect; the answer does not fit this entry's: ask again. */
        LATER,
        /** The epoch is sealed; nothing happened. */
        SEALED,
        /** There is no such session. */
        EXPIRED,
        /** The client said that it has this answer. */
        STALE,
        /** Too many commands without an answer. */
        WINDOW,
        /** Out of date: ask again with the position in the body. */
        AGAIN,
        /** Not allowed; the body says why. */
        DENIED
    }

    static Answer text(Code code, String text) {
        return new Answer(code, text.getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(code.ordinal());
        Items.writeBlock(out, body);
    }

    static Answer read(DataInputStream in) throws IOException {
        int ordinal = in.readUnsignedByte();
        if (ordinal >= Code.values().length) {
            throw new IOException("answer " + ordinal + " is unknown");
        }
        return new Answer(Code.values()[ordinal], Items.readBlock(in, Command.REPLY_BYTES_MAX));
    }

    /** Packs the answers of a batch; those that do not fit say so. */
    static byte[] pack(List<Answer> answers) {
        return Items.bytes(out -> {
            out.writeInt(answers.size());
            int left = Consensus.ENTRY_BYTES_MAX - 4 - 5 * answers.size();
            for (Answer answer : answers) {
                boolean fits = answer.body.length <= left;
                (fits ? answer : LATER).write(out);
                left -= fits ? answer.body.length : 0;
            }
        });
    }

    static List<Answer> unpack(byte[] bytes) {
        return Items.read("answer", bytes, in -> {
            int count = Items.readCount(in, Batch.ITEMS_MAX);
            var answers = new ArrayList<Answer>(count);
            for (int i = 0; i < count; i++) {
                answers.add(read(in));
            }
            return answers;
        });
    }

    /** What the caller of a command gets when it is neither done nor to be repeated. */
    ConsensusException failure(String group, String what) {
        return switch (code) {
            case REFUSED -> new ConsensusException(Reason.STATE_MACHINE, text());
            case EXPIRED -> new ConsensusException(Reason.SESSION_EXPIRED, what + ": group " + group + " has dropped the session; nobody knows whether it took effect");
            case STALE -> new ConsensusException(Reason.STALE_SEQUENCE, what + ": its client said before that it has the answer");
            case WINDOW -> new ConsensusException(Reason.BUSY, what + ": " + Command.WINDOW + " commands have no answer yet; wait for one");
            case DENIED -> new ConsensusException(Reason.NOT_A_MEMBER, what + ": " + text());
            default -> new ConsensusException(Reason.SEALED, what + ": " + code + " " + text());
        };
    }
}
