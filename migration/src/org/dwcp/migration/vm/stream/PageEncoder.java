// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

import org.dwcp.api.Check;

/**
 * Makes what travels of a migration stream: pages as changes against their last version, as copies of others that went over, runs of zero pages as their
 * number; all of that compressed. {@link #flush} brings everything out that was put in. For one thread; close it.
 */
public final class PageEncoder implements AutoCloseable {
    private static final int BUFFER = 256 << 10;
    /** Entries of the table that finds twins; what it forgets goes once more. Source: chosen; 16 MiB. */
    private static final int HASHES_MAX = 1 << 22;
    private static final int PAGE = StreamParser.PAGE;

    private final StreamParser parser = new StreamParser(new Pages());
    private final PageCache cache;
    private final Squeezer squeezer;
    private final ByteBuffer tokens = ByteBuffer.allocateDirect(BUFFER);
    private final Map<String, Integer> blocks = new HashMap<>();
    private final int[] byHash;
    private final CRC32C checksum = new CRC32C();
    private final byte[] page = new byte[PAGE];
    private final byte[] old = new byte[PAGE];
    private long bytes;
    private long pages;
    private long zeroPages;
    private long savedPages;
    private int block = -1;
    private long next = -1;
    private int zeros;

    /**
     * Makes one.
     *
     * @param pagesMax pages that both ends keep, 0 to {@link PageDecoder#PAGES_MAX}
     * @param level    of zstd, 1 to 19; 0 compresses nothing
     * @param output   takes what travels; a buffer is valid during the call
     */
    public PageEncoder(int pagesMax, int level, Consumer<ByteBuffer> output) {
        Check.argument(pagesMax >= 0 && pagesMax <= PageCache.PAGES_MAX, "%d pages are not in 0.." + PageCache.PAGES_MAX, pagesMax);
        squeezer = new Squeezer(level, output);
        cache = new PageCache(pagesMax);
        byHash = new int[Math.min(HASHES_MAX, Integer.highestOneBit(Math.max(1, pagesMax)) * 2)];
        output.accept(ByteBuffer.allocate(Tokens.HEAD).putInt(Tokens.MAGIC).put(Tokens.VERSION).put(level == 0 ? Tokens.PLAIN : Tokens.ZSTD).putInt(pagesMax)
                .flip());
    }

    /**
     * Takes the next bytes of the stream, all of them.
     *
     * @throws org.dwcp.api.transfer.TransferException of kind REJECTED for what is no stream that it knows
     */
    public void feed(ByteBuffer input) {
        checksum.update(input.duplicate());
        bytes += input.remaining();
        parser.feed(input);
    }

    /** Brings out all that was put in, but for the beginning of a record. */
    public void flush() {
        endRun();
        pass(true);
    }

    /** The stream is over and whole: the other end may use it. */
    public void end() {
        parser.end();
        endRun();
        room(16);
        tokens.put((byte) Tokens.END).putLong(bytes).putInt((int) checksum.getValue());
        pass(true);
    }

    /** Bytes of the stream so far. */
    public long bytes() {
        return bytes;
    }

    /** Pages that were not zero. */
    public long pages() {
        return pages;
    }

    /** Pages that were zero. */
    public long zeroPages() {
        return zeroPages;
    }

    /** Pages of which the other end had all or a part. */
    public long savedPages() {
        return savedPages;
    }

    private void pass(boolean flush) {
        tokens.flip();
        squeezer.squeeze(tokens, flush);
        tokens.clear();
    }

    private void room(int needed) {
        if (tokens.remaining() < needed) {
            pass(false);
        }
    }

    private void endRun() {
        if (zeros > 0) {
            room(16);
            tokens.put((byte) (Tokens.ZERO | Tokens.NEXT));
            Tokens.number(tokens, zeros);
            zeros = 0;
        }
    }

    /** Writes kind and head of a page's token. */
    private void head(int kind, String name, long address) {
        room(PAGE + StreamParser.NAME_MAX + 64);
        if (name == null && address == next) {
            tokens.put((byte) (kind | Tokens.NEXT));
            return;
        }
        tokens.put((byte) kind);
        if (name == null) {
            tokens.put((byte) Tokens.BLOCK_SAME);
        } else if (blocks.containsKey(name)) {
            tokens.put((byte) Tokens.BLOCK_KNOWN);
            Tokens.number(tokens, blocks.get(name));
        } else {
            byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
            tokens.put((byte) Tokens.BLOCK_NEW).put((byte) text.length).put(text);
        }
        Tokens.number(tokens, address / PAGE);
    }

    private void at(String name, long address) {
        if (name != null) {
            block = blocks.computeIfAbsent(name, _ -> blocks.size());
            Check.argument(block < Tokens.BLOCKS_MAX, "the guest has more than %d memory blocks", Tokens.BLOCKS_MAX);
        }
        next = address + PAGE;
    }

    private static int hash(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }

    /** Says in tokens what the parser finds. */
    private final class Pages implements StreamVisitor {
        @Override
        public void raw(ByteBuffer input) {
            endRun();
            while (input.hasRemaining()) {
                int count = Math.min(input.remaining(), Tokens.RAW_MAX);
                room(Tokens.BYTES_MAX);
                tokens.put((byte) Tokens.RAW);
                Tokens.number(tokens, count);
                tokens.put(input.slice(input.position(), count));
                input.position(input.position() + count);
            }
        }

        @Override
        public void zero(String name, long address) {
            zeroPages++;
            if (name == null && address == next) {
                zeros++;
                if (zeros == Tokens.RUN_MAX) {
                    endRun();
                }
            } else {
                endRun();
                head(Tokens.ZERO, name, address);
            }
            at(name, address);
        }

        @Override
        public void page(String name, long address, ByteBuffer content) {
            endRun();
            pages++;
            content.get(0, page);
            int home = name == null ? block : blocks.getOrDefault(name, blocks.size());
            int place = cache.find(home, address);
            int hash = hash(page) & byHash.length - 1;
            int twin = byHash[hash] - 1;
            if (place >= 0 && cache.equal(place, page)) {
                head(Tokens.SAME, name, address);
                savedPages++;
            } else if (twin >= 0 && cache.equal(twin, page)) {
                head(Tokens.COPY, name, address);
                Tokens.number(tokens, twin);
                savedPages++;
                keep(place, home, address, hash);
            } else {
                if (place < 0 || !change(place, name, address)) {
                    head(Tokens.PAGE, name, address);
                    tokens.put(page);
                }
                keep(place, home, address, hash);
            }
            at(name, address);
        }

        private boolean change(int place, String name, long address) {
            cache.read(place, old);
            room(PAGE + StreamParser.NAME_MAX + 64);
            int begin = tokens.position();
            head(Tokens.DELTA, name, address);
            if (Tokens.delta(old, page, tokens)) {
                savedPages++;
                return true;
            }
            tokens.position(begin);
            return false;
        }

        private void keep(int place, int home, long address, int hash) {
            int where = place >= 0 ? place : cache.add(home, address);
            if (where >= 0) {
                cache.write(where, page);
                byHash[hash] = where + 1;
            }
        }
    }

    @Override
    public void close() {
        squeezer.close();
        cache.close();
    }
}
