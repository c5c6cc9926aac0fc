// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.consensus.v3.core.Application;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Reader;
import org.dwcp.consensus.v3.message.Writer;

/**
 * Group commit: entries that wait travel together in one request, with one signature. This is the machine's side: takes a request apart, and
 * puts the answers together. Answers that do not fit are left out, the same ones on every member.
 */
final class Bundles implements Application {
    /** Most entries of a request. */
    static final int ENTRIES_MAX = 512;
    /** Most bytes of entries in a request with more than one. */
    static final int BYTES_MAX = Consensus.ENTRY_BYTES_MAX;
    private static final int FRAME_BYTES = 5;

    private final EntryMachine machine;
    private final java.util.function.Function<Membership, List<Member>> names;

    Bundles(EntryMachine machine, java.util.function.Function<Membership, List<Member>> names) {
        this.machine = machine;
        this.names = names;
    }

    static byte[] pack(List<byte[]> entries) {
        var out = new Writer();
        out.u16(entries.size());
        entries.forEach(out::block);
        return out.bytes();
    }

    private static List<byte[]> unpack(byte[] command) {
        var in = new Reader(command);
        var entries = new ArrayList<byte[]>();
        for (int left = in.count(ENTRIES_MAX, 4); left > 0; left--) {
            entries.add(in.block(Consensus.ENTRY_BYTES_MAX));
        }
        in.end();
        return entries;
    }

    /** Answers in order; null for one that was left out. */
    static List<byte[]> answers(byte[] result) {
        var in = new Reader(result);
        var answers = new ArrayList<byte[]>();
        for (int left = in.count(ENTRIES_MAX, 1); left > 0; left--) {
            answers.add(in.flag() ? in.block(Limits.RESULT_BYTES_MAX) : null);
        }
        return answers;
    }

    private interface Call {
        byte[] on(byte[] entry);
    }

    private static byte[] all(byte[] command, Call call) {
        List<byte[]> entries;
        try {
            entries = unpack(command);
        } catch (MalformedException e) {
            return new byte[] {0, 0}; // a client that cannot pack; the same everywhere
        }
        var out = new Writer();
        out.u16(entries.size());
        for (int index = 0; index < entries.size(); index++) {
            var answer = call.on(entries.get(index));
            boolean fits = out.size() + answer.length + FRAME_BYTES * (entries.size() - index) <= Limits.RESULT_BYTES_MAX;
            out.u8(fits ? 1 : 0);
            if (fits) {
                out.block(answer);
            }
        }
        return out.bytes();
    }

    @Override
    public int places(byte[] command) {
        return Math.max(1, command.length < 2 ? 1 : (command[0] & 0xff) << 8 | command[1] & 0xff);
    }

    @Override
    public byte[] apply(long index, byte[] command) {
        var next = new long[] {index};
        return all(command, entry -> machine.apply(next[0]++, entry));
    }

    @Override
    public byte[] query(byte[] question) {
        return all(question, machine::query);
    }

    @Override
    public byte[] snapshot() {
        return machine.snapshot();
    }

    @Override
    public void install(long index, byte[] snapshot) {
        machine.install(index, snapshot);
    }

    @Override
    public void changed(long index, Membership members) {
        machine.membersChanged(index, names.apply(members));
    }
}
