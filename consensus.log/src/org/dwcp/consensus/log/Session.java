// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Command;

/** One client's commands that took effect and whose answers it may still ask for. Part of the replicated state. */
final class Session {
    final NodeId owner;
    final TreeMap<Long, Answer> answers = new TreeMap<>();
    long done;
    long usedAt;

    Session(NodeId owner, long usedAt) {
        this.owner = owner;
        this.usedAt = usedAt;
    }

    void forgetUpTo(long sequence) {
        if (sequence > done) {
            done = sequence;
            answers.headMap(sequence, true).clear();
        }
    }

    void write(DataOutputStream out) throws IOException {
        Items.writeText(out, owner.value());
        out.writeLong(usedAt);
        out.writeLong(done);
        out.writeInt(answers.size());
        for (var answer : answers.entrySet()) {
            out.writeLong(answer.getKey());
            answer.getValue().write(out);
        }
    }

    static Session read(DataInputStream in) throws IOException {
        var session = new Session(NodeId.of(Items.readText(in, 63)), in.readLong());
        session.done = in.readLong();
        for (int left = Items.readCount(in, Command.WINDOW); left > 0; left--) {
            session.answers.put(in.readLong(), Answer.read(in));
        }
        return session;
    }
}
