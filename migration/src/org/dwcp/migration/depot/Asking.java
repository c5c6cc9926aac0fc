// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.Version;

/** Questions about images as their asker says them, and answers as he reads them: nothing in them is believed before it was checked. No state. */
final class Asking {
    private Asking() {
    }

    /** Puts a question to a node. */
    interface Peer {
        byte[] ask(byte[] question) throws InterruptedException;
    }

    /** What a node keeps. */
    record Kept(int chunks, List<Version> versions) {
    }

    /** All versions of a name, or of all when it is empty. */
    static Kept list(Peer peer, String name) throws InterruptedException {
        List<Version> versions = new ArrayList<>();
        int chunks = 0;
        for (int total = 1; versions.size() < total;) {
            ByteBuffer question = ImageWire.text(ImageWire.ask(ImageWire.LIST, 4 + ImageWire.size(name)), name).putInt(versions.size());
            int[] counts = ImageWire.read(peer.ask(question.array()), in -> {
                int all = in.getInt();
                int many = ImageWire.place(in);
                int here = ImageWire.count(in, ImageWire.VERSIONS_MAX, 54);
                for (int i = 0; i < here; i++) {
                    versions.add(new Version(ImageWire.name(in), ImageWire.id(in), in.getLong(), in.getLong(), in.getInt()));
                }
                return new int[] {all, many, here};
            });
            chunks = counts[0];
            total = counts[2] == 0 ? 0 : counts[1];
        }
        return new Kept(chunks, versions);
    }

    /** Places of a recipe whose chunks the peer has; {@code except} are not asked for. */
    static BitSet have(Peer peer, Recipe recipe, BitSet except) throws InterruptedException {
        BitSet found = new BitSet();
        int next = except.nextClearBit(0);
        while (next < recipe.count()) {
            int[] places = new int[Math.min(ImageWire.HALVES_MAX, recipe.count() - next)];
            int count = 0;
            for (; next < recipe.count() && count < places.length; next = except.nextClearBit(next + 1)) {
                places[count++] = next;
            }
            ByteBuffer question = ImageWire.ask(ImageWire.HAVE, 4 + 16 * count).putInt(count);
            for (int i = 0; i < count; i++) {
                ChunkId id = recipe.id(places[i]);
                question.putLong(id.a()).putLong(id.b());
            }
            byte[] bits = peer.ask(question.array());
            ImageWire.require(bits.length == (count + 7) / 8, "answer of %d bytes does not fit the question", bits.length);
            BitSet answer = BitSet.valueOf(bits);
            for (int i = answer.nextSetBit(0); i >= 0 && i < count; i = answer.nextSetBit(i + 1)) {
                found.set(places[i]);
            }
        }
        return found;
    }

    /** The first 8 or 16 bytes of the ids of a version's chunks. */
    static long[] outline(Peer peer, Version version, int width) throws InterruptedException {
        ImageWire.require(version.chunks() >= 0 && version.chunks() <= Recipe.CHUNKS_MAX, "version of %d chunks is out of range", version.chunks());
        long[] ids = new long[version.chunks() * (width / 8)];
        int filled = 0;
        while (filled < ids.length) {
            ByteBuffer question = named(ImageWire.OUTLINE, version, 8).putInt(width).putInt(filled / (width / 8));
            int at = filled;
            filled = ImageWire.read(peer.ask(ImageWire.bytes(question)), in -> {
                int count = ImageWire.count(in, Recipe.CHUNKS_MAX, width);
                ImageWire.require(count > 0 && at + count * (width / 8) <= ids.length, "outline of %d chunks does not fit", count);
                for (int i = 0; i < count * (width / 8); i++) {
                    ids[at + i] = in.getLong();
                }
                return at + count * (width / 8);
            });
        }
        return ids;
    }

    private static ByteBuffer named(int operation, Version version, int room) {
        ByteBuffer question = ImageWire.text(ImageWire.ask(operation, ImageWire.size(version.name()) + ChunkId.BYTES + room), version.name());
        version.sha256().write(question);
        return question;
    }

    /** Begins a question for work that takes long. */
    static ByteBuffer work(int operation, long number, String name, int room) {
        return ImageWire.text(ImageWire.ask(operation, 8 + ImageWire.size(name) + room).putLong(number), name);
    }
}
