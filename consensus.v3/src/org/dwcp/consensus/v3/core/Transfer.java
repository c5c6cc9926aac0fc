// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.List;

import org.dwcp.consensus.v3.core.Suspicion.Kind;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.FetchState;
import org.dwcp.consensus.v3.message.Message.Link;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.consensus.v3.message.Message.Proof;

/**
 * Fetches the state at a stable checkpoint from any member, piece by piece, each checked against the digests that a quorum has signed: nobody
 * who gives has to be trusted. One member is asked at a time; who brings nothing in a status interval is left for the next.
 */
final class Transfer {
    /** Pieces asked for at once. */
    private static final int AHEAD = 4;

    private final Core core;
    private final Checkpoints checkpoints;
    private Proof target;
    private List<Link> ahead = List.of();
    private Manifest manifest;
    private byte[][] chunks;
    private int asked;
    private int arrived;
    private int source;
    private boolean progress;

    Transfer(Core core, Checkpoints checkpoints) {
        this.core = core;
        this.checkpoints = checkpoints;
    }

    /** Goes for a checkpoint, unless it goes for a later one. */
    void aim(Proof proof, List<Link> links) {
        if (target != null && target.sequence() >= proof.sequence()) {
            return;
        }
        target = proof;
        ahead = links;
        manifest = null;
        chunks = null;
        ask();
    }

    void reached(long sequence) {
        if (target != null && target.sequence() <= sequence) {
            target = null;
        }
    }

    /** An interval is over: who has brought nothing is not asked again at once. */
    void tick() {
        if (target == null) {
            return;
        }
        if (!progress) {
            source++;
            ask();
        }
        progress = false;
    }

    private void ask() {
        if (manifest == null) {
            send(-1);
            return;
        }
        asked = 0;
        more();
    }

    private void more() {
        for (int open = asked - arrivedBelow(asked); open < AHEAD && asked < chunks.length; asked++) {
            if (chunks[asked] == null) {
                send(asked);
                open++;
            }
        }
    }

    private int arrivedBelow(int end) {
        int count = 0;
        for (int index = 0; index < end; index++) {
            count += chunks[index] == null ? 0 : 1;
        }
        return count;
    }

    private void send(int chunk) {
        var others = core.members.members().stream().filter(member -> member.id() != core.self && !member.quarantined()).toList();
        core.out.send(others.get(source % others.size()).id(), new FetchState(target.sequence(), chunk));
    }

    void receive(Manifest offered) {
        if (target == null || manifest != null || offered.sequence() != target.sequence() || !core.rules.matches(target.state(), offered)) {
            return;
        }
        manifest = offered;
        chunks = new byte[offered.chunks().size()][];
        arrived = 0;
        progress = true;
        ask();
        finish();
    }

    void receive(int from, Message.StateChunk offered) {
        if (target == null || manifest == null || offered.sequence() != target.sequence() || offered.chunk() >= chunks.length
                || chunks[offered.chunk()] != null) {
            return;
        }
        int index = offered.chunk();
        long expected = Math.min(Limits.CHUNK_BYTES, manifest.bytes() - (long) index * Limits.CHUNK_BYTES);
        if (offered.bytes().length != expected || !core.rules.matches(manifest.chunks().get(index), offered.bytes())) {
            core.watch.tell(from, Kind.BAD_CONTENT, "piece " + index + " of the state at " + target.sequence() + " is not what was signed", List.of());
            source++;
            ask();
            return;
        }
        chunks[index] = offered.bytes();
        arrived++;
        progress = true;
        more();
        finish();
    }

    private void finish() {
        if (arrived < chunks.length) {
            return;
        }
        var bytes = new byte[(int) manifest.bytes()];
        int at = 0;
        for (var chunk : chunks) {
            System.arraycopy(chunk, 0, bytes, at, chunk.length);
            at += chunk.length;
        }
        var proof = target;
        var links = ahead;
        var whole = manifest;
        target = null;
        try {
            checkpoints.install(proof, links, whole, bytes);
        } catch (MalformedException e) {
            throw new org.dwcp.api.DwcpException(org.dwcp.api.DwcpException.Kind.BROKEN, "a quorum has signed a state at " + proof.sequence()
                    + " that cannot be read: " + e.getMessage());
        }
    }
}
