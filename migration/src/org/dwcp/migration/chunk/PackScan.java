// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Reads a pack from end to end, trusting nothing, and tells what is in it. A batch of chunks comes decoded with the ids that its bytes have. No state.
 */
final class PackScan {
    /** Most bytes of a recipe in a pack. Source: chosen; 4 million changes of 16 bytes. */
    static final int RECIPE_BYTES_MAX = 64 << 20;

    private PackScan() {
    }

    /** Takes what is found. */
    interface Visitor {
        /** A batch: where it lies, its decoded bytes, where each chunk begins in them, and their ids. */
        void batch(long position, byte[] raw, int[] starts, ChunkId[] ids) throws IOException;
    }

    /**
     * Reads a pack.
     *
     * @return the recipe at its end; empty when there is none
     * @throws BadPackException when anything in it is wrong
     */
    static ByteBuffer scan(Path path, Visitor visitor) throws IOException {
        Codec codec = new Codec(Codec.LEVEL);
        try (codec; FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer head = ByteBuffer.allocate(Section.FILE_HEAD_BYTES);
            Section.readFully(file, 0, head);
            if (head.getLong(0) != Section.FILE_HEAD) {
                throw new BadPackException(path.getFileName() + " is no pack, or one of an unknown version: begins with "
                        + Long.toHexString(head.getLong(0)));
            }
            MessageDigest digest = ChunkId.sha256();
            ByteBuffer recipe = ByteBuffer.allocate(0);
            long end = file.size();
            for (long position = Section.FILE_HEAD_BYTES; position < end;) {
                Section section = Section.read(file, position, codec.packed());
                byte[] raw = codec.decode(section);
                if (section.kind() == Section.RECIPE) {
                    recipe = join(recipe, raw);
                } else if (recipe.hasRemaining()) {
                    throw new BadPackException("chunks come after the recipe, at " + position);
                } else {
                    int[] starts = starts(raw, section.count());
                    ChunkId[] ids = new ChunkId[starts.length - 1];
                    for (int i = 0; i < ids.length; i++) {
                        digest.update(raw, starts[i], starts[i + 1] - starts[i]);
                        ids[i] = ChunkId.of(digest);
                    }
                    visitor.batch(position, raw, starts, ids);
                }
                position += section.bytes();
            }
            return recipe;
        }
    }

    private static ByteBuffer join(ByteBuffer recipe, byte[] more) throws BadPackException {
        if (recipe.remaining() + more.length > RECIPE_BYTES_MAX) {
            throw new BadPackException("recipe has more than " + RECIPE_BYTES_MAX + " bytes");
        }
        return ByteBuffer.allocate(recipe.remaining() + more.length).put(recipe).put(more).flip();
    }

    /** Where the chunks of a decoded batch begin, and where the last one ends. */
    static int[] starts(byte[] raw, int count) throws BadPackException {
        ByteBuffer in = ByteBuffer.wrap(raw);
        int[] starts = new int[count + 1];
        long end = 0;
        for (int i = 0; i < count; i++) {
            long length = Varint.read(in, Chunker.bytesLimit());
            if (length == 0) {
                throw new BadPackException("chunk " + i + " of a batch is empty");
            }
            end += length;
            if (end > raw.length) {
                throw new BadPackException("chunks of a batch have more than its " + raw.length + " bytes");
            }
            starts[i + 1] = (int) end;
        }
        int table = in.position();
        if (table + end != raw.length) {
            throw new BadPackException("chunks of a batch have " + end + " bytes, and it has " + (raw.length - table));
        }
        for (int i = 0; i <= count; i++) {
            starts[i] += table;
        }
        return starts;
    }
}
