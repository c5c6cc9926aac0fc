// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.story;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Request;

/** Messages as a person reads them. */
final class Words {
    private Words() {
    }

    static String of(Message message) {
        return switch (message) {
            case Request m -> "REQUEST " + name(m);
            case Message.PrePrepare m -> "PRE-PREPARE view " + m.view() + " seq " + m.sequence() + " " + of(m.batch());
            case Message.Vote m -> m.phase() + " view " + m.view() + " seq " + m.sequence() + " " + of(m.digest());
            case Message.Checkpoint m -> "CHECKPOINT seq " + m.sequence() + " state " + m.state();
            case Message.ViewChange m -> "VIEW-CHANGE to view " + m.view() + ", stable " + m.stable().sequence() + ", prepared " + of(m.prepared())
                    + ", proposed " + of(m.proposed());
            case Message.NewView m -> "NEW-VIEW " + m.view() + " from the words of " + m.changes().stream().map(Message.ViewChange::member).toList();
            case Message.Status m -> "STATUS membership " + m.config() + " view " + m.view() + (m.active() ? "" : " wanted") + ", executed "
                    + m.executed() + ", stable " + m.stable();
            case Message.FetchBatch m -> "FETCH batch " + m.digest();
            case Message.BatchData m -> "BATCH " + of(m.batch());
            case Message.Stable m -> "STABLE seq " + m.proof().sequence() + " state " + m.proof().state() + " signed by "
                    + m.proof().signatures().stream().map(Message.Signed::member).toList()
                    + (m.links().isEmpty() ? "" : ", membership changed at " + m.links().stream().map(link -> link.proof().sequence()).toList());
            case Message.FetchState m -> "FETCH state seq " + m.sequence() + (m.chunk() < 0 ? " manifest" : " piece " + m.chunk());
            case Message.StateManifest m -> "MANIFEST seq " + m.manifest().sequence() + ", " + m.manifest().chunks().size() + " pieces";
            case Message.StateChunk m -> "PIECE " + m.chunk() + " seq " + m.sequence();
            case Message.Reply m -> "REPLY " + m.client() + "#" + m.sequence() + " " + m.outcome() + " '"
                    + new String(m.result(), StandardCharsets.UTF_8) + "'";
        };
    }

    static String of(Batch batch) {
        return of(batch.digest()) + batch.requests().stream().map(Words::name).collect(Collectors.joining(" ", " [", "]"));
    }

    private static String name(Request request) {
        return request.client() + "#" + request.sequence();
    }

    static String of(Digest digest) {
        return digest.equals(Batch.EMPTY.digest()) ? "EMPTY" : digest.toString();
    }

    private static String of(List<Entry> entries) {
        return entries.stream().map(entry -> entry.sequence() + "=" + of(entry.digest()) + "@" + entry.view())
                .collect(Collectors.joining(" ", "{", "}"));
    }
}
