// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/**
 * Makes the migration stream again, byte for byte, from what a {@link PageEncoder} has made of it; in any cuts. Nothing is believed before it was checked, and its
 * memory is that of the cache, the window of zstd and two buffers. For one thread; close it.
 */
public final class PageDecoder implements AutoCloseable {
    /** Most pages of a cache. */
    public static final int PAGES_MAX = PageCache.PAGES_MAX;
    private static final int PAGE = StreamParser.PAGE;
    private static final int OUT = 256 << 10;
    private static final int RECORD_MAX = 9 + StreamParser.NAME_MAX + PAGE;

    /** Takes the stream; a buffer is valid during the call. */
    public interface Output {
        void write(ByteBuffer bytes) throws IOException;
    }

    private final int pagesMax;
    private final Output output;
    private final ByteBuffer head = ByteBuffer.allocate(Tokens.HEAD);
    private final ByteBuffer packed = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer tokens = ByteBuffer.allocateDirect(2 * Tokens.BYTES_MAX);
    private final ByteBuffer out = ByteBuffer.allocateDirect(OUT);
    private final List<byte[]> blocks = new ArrayList<>();
    private final CRC32C checksum = new CRC32C();
    private final byte[] page = new byte[PAGE];
    private PageCache cache;
    private ZstdDecompressCtx context;
    private boolean begun;
    private boolean whole;
    private long bytes;
    private int block = -1;
    private long next = -1;

    /**
     * Makes one.
     *
     * @param pagesMax most pages that this end keeps; a stream that needs more is refused
     */
    public PageDecoder(int pagesMax, Output output) {
        this.pagesMax = pagesMax;
        this.output = output;
    }

    /** The stream came to its end and has the checksum that it had at its source. */
    public boolean isWhole() {
        return whole;
    }

    /** Bytes of the stream that were written. */
    public long bytes() {
        return bytes;
    }

    /**
     * Takes the next bytes and writes all of the stream that follows from them.
     *
     * @throws TransferException of kind REJECTED for what no encoder has made
     */
    public void feed(ByteBuffer input) throws IOException {
        while (head.hasRemaining() && input.hasRemaining()) {
            head.put(input.get());
        }
        if (head.hasRemaining()) {
            return;
        }
        if (!begun) {
            begin(head.flip());
            head.position(head.limit());
        }
        while (input.hasRemaining()) {
            if (context == null) {
                int count = Math.min(input.remaining(), tokens.remaining());
                tokens.put(input.slice(input.position(), count));
                input.position(input.position() + count);
                read();
            } else {
                int count = Math.min(input.remaining(), packed.remaining());
                packed.put(input.slice(input.position(), count)).flip();
                input.position(input.position() + count);
                unpack();
                packed.compact();
            }
        }
        drain();
    }

    private void begin(ByteBuffer start) {
        require(start.getInt() == Tokens.MAGIC, "begins with %08x", start.getInt(0));
        byte version = start.get();
        require(version == Tokens.VERSION, "has format %d; this node knows " + Tokens.VERSION, version);
        byte compression = start.get();
        require(compression == Tokens.PLAIN || compression == Tokens.ZSTD, "has compression %d", compression);
        int pages = start.getInt();
        require(pages >= 0 && pages <= pagesMax, "needs a cache of %d pages; this node keeps " + pagesMax, pages);
        cache = new PageCache(pages);
        if (compression == Tokens.ZSTD) {
            context = new ZstdDecompressCtx();
        }
        begun = true;
    }

    private void unpack() throws IOException {
        boolean more = true;
        while (more) {
            int before = tokens.position();
            int from = packed.position();
            try {
                context.decompressDirectByteBufferStream(tokens, packed);
            } catch (ZstdException e) {
                throw refusal("does not decompress: %s", e.getMessage());
            }
            boolean full = !tokens.hasRemaining();
            more = packed.hasRemaining() || full;
            require(tokens.position() > before || packed.position() > from || !packed.hasRemaining(), "stands still after %d bytes", bytes);
            read();
            if (tokens.position() == before && packed.position() == from) {
                return;
            }
        }
    }

    /** Reads the tokens that are whole. */
    private void read() throws IOException {
        tokens.flip();
        while (tokens.hasRemaining()) {
            int begin = tokens.position();
            if (!token()) {
                tokens.position(begin);
                break;
            }
        }
        tokens.compact();
        require(tokens.hasRemaining(), "has a token of more than %d bytes", Tokens.BYTES_MAX);
    }

    /** Reads one token; false, with nothing done, when it is not all there. */
    private boolean token() throws IOException {
        require(!whole, "goes on after its end at byte %d", bytes);
        int code = tokens.get() & 0xff;
        int kind = code & Tokens.KIND;
        boolean following = (code & Tokens.NEXT) != 0;
        require(code <= (Tokens.KIND | Tokens.NEXT) && kind < Tokens.KINDS, "has the unknown token %d", code);
        return switch (kind) {
            case Tokens.RAW -> raw(following);
            case Tokens.END -> end(following);
            case Tokens.ZERO -> following ? zeros() : zero();
            default -> page(kind, following);
        };
    }

    private boolean raw(boolean following) throws IOException {
        require(!following, "has bytes that follow a page, %s", true);
        long count = number();
        if (count < 0) {
            return false;
        }
        require(count >= 1 && count <= Tokens.RAW_MAX, "has %d bytes at once, not 1.." + Tokens.RAW_MAX, count);
        if (tokens.remaining() < count) {
            return false;
        }
        room((int) count);
        out.put(tokens.slice(tokens.position(), (int) count));
        tokens.position(tokens.position() + (int) count);
        return true;
    }

    private boolean end(boolean following) throws IOException {
        require(!following, "has an end that follows a page, %s", true);
        if (tokens.remaining() < 12) {
            return false;
        }
        drain();
        long length = tokens.getLong();
        require(length == bytes, "had %d bytes, and came out as " + bytes, length);
        int crc = tokens.getInt();
        require(crc == (int) checksum.getValue(), "had the checksum %08x and came out with another", crc);
        whole = true;
        return true;
    }

    private boolean zeros() throws IOException {
        long count = number();
        if (count < 0) {
            return false;
        }
        require(count >= 1 && count <= Tokens.RUN_MAX, "has %d zero pages in a row, not 1.." + Tokens.RUN_MAX, count);
        for (int i = 0; i < count; i++) {
            follow();
            room(9);
            out.putLong(next | StreamParser.ZERO | StreamParser.SAME_BLOCK).put((byte) 0);
            next += PAGE;
        }
        return true;
    }

    private void follow() {
        require(block >= 0 && next >= 0, "has a page that follows none, %d", next);
    }

    private boolean zero() throws IOException {
        Place place = place();
        if (place == null) {
            return false;
        }
        room(RECORD_MAX);
        record(place, StreamParser.ZERO);
        out.put((byte) 0);
        return true;
    }

    private boolean page(int kind, boolean following) throws IOException {
        Place place;
        if (following) {
            follow();
            place = new Place(block, false, null, next);
        } else {
            place = place();
            if (place == null) {
                return false;
            }
        }
        int known = place.fresh() == null ? cache.find(place.block(), place.address()) : -1;
        boolean there = switch (kind) {
            case Tokens.PAGE -> content();
            case Tokens.DELTA -> delta(known);
            case Tokens.COPY -> copy();
            default -> same(known);
        };
        if (!there) {
            return false;
        }
        int home = record(place, StreamParser.CONTENT);
        out.put(page);
        if (kind != Tokens.SAME) {
            int where = known >= 0 ? known : cache.add(home, place.address());
            if (where >= 0) {
                cache.write(where, page);
            }
        }
        return true;
    }

    private boolean content() {
        if (tokens.remaining() < PAGE) {
            return false;
        }
        tokens.get(page);
        return true;
    }

    private boolean same(int known) {
        require(known >= 0, "repeats a page that this end does not have, %d", known);
        cache.read(known, page);
        return true;
    }

    private boolean copy() {
        long from = number();
        if (from < 0) {
            return false;
        }
        require(from < cache.count(), "copies page %d of " + cache.count(), from);
        cache.read((int) from, page);
        return true;
    }

    private boolean delta(int known) {
        require(known >= 0, "changes a page that this end does not have, %d", known);
        long runs = number();
        if (runs < 0) {
            return false;
        }
        require(runs <= Tokens.WORDS / 2, "changes a page in %d places", runs);
        cache.read(known, page);
        long word = 0;
        for (int i = 0; i < runs; i++) {
            long keep = number();
            long change = keep < 0 ? -1 : number();
            if (change < 0) {
                return false;
            }
            require(keep < Tokens.WORDS && change < Tokens.WORDS && word + keep + change + 1 <= Tokens.WORDS, "changes %d words, more than a page has", change);
            int count = (int) (change + 1) * 8;
            if (tokens.remaining() < count) {
                return false;
            }
            tokens.get(page, (int) (word + keep) * 8, count);
            word += keep + change + 1;
        }
        return true;
    }

    /** Where a page belongs; null when that is not all there. {@code fresh} is the name of a block that is new. */
    private record Place(int block, boolean named, byte[] fresh, long address) {
    }

    private Place place() {
        if (!tokens.hasRemaining()) {
            return null;
        }
        int how = tokens.get();
        int where = block;
        byte[] fresh = null;
        switch (how) {
            case Tokens.BLOCK_SAME -> require(block >= 0, "has a page in block %d", block);
            case Tokens.BLOCK_KNOWN -> {
                long known = number();
                if (known < 0) {
                    return null;
                }
                require(known < blocks.size(), "has a page in block %d of " + blocks.size(), known);
                where = (int) known;
            }
            case Tokens.BLOCK_NEW -> {
                if (!tokens.hasRemaining() || tokens.remaining() < 1 + (tokens.get(tokens.position()) & 0xff)) {
                    return null;
                }
                fresh = new byte[tokens.get() & 0xff];
                require(fresh.length > 0 && blocks.size() < Tokens.BLOCKS_MAX, "has more than " + Tokens.BLOCKS_MAX + " blocks, or one without name, after %d",
                        blocks.size());
                tokens.get(fresh);
                where = blocks.size();
            }
            default -> throw refusal("names a block in the unknown way %d", how);
        }
        long number = number();
        if (number < 0) {
            return null;
        }
        require(number <= Long.MAX_VALUE / PAGE, "has a page numbered %d", number);
        return new Place(where, how != Tokens.BLOCK_SAME, fresh, number * PAGE);
    }

    /** Writes the head of a record, and takes note of its block; gives the block's number. */
    private int record(Place place, int flags) throws IOException {
        room(RECORD_MAX);
        if (place.fresh() != null) {
            blocks.add(place.fresh());
        }
        out.putLong(place.address() | flags | (place.named() ? 0 : StreamParser.SAME_BLOCK));
        if (place.named()) {
            byte[] name = blocks.get(place.block());
            out.put((byte) name.length).put(name);
        }
        block = place.block();
        next = place.address() + PAGE;
        return block;
    }

    /** Reads a number; -1 when it is not all there. */
    private long number() {
        long value = 0;
        for (int shift = 0; tokens.hasRemaining(); shift += 7) {
            require(shift < 63, "has a number of more than %d bytes", shift / 7);
            byte part = tokens.get();
            value |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return value;
            }
        }
        return -1;
    }

    private void room(int needed) throws IOException {
        if (out.remaining() < needed) {
            drain();
        }
    }

    private void drain() throws IOException {
        out.flip();
        bytes += out.remaining();
        checksum.update(out.duplicate());
        if (out.hasRemaining()) {
            output.write(out);
        }
        out.clear();
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
        if (context != null) {
            context.close();
        }
    }

    private static void require(boolean holds, String what, Object value) {
        if (!holds) {
            throw refusal(what, value);
        }
    }

    private static TransferException refusal(String what, Object value) {
        return new TransferException(Kind.REJECTED, "the stream of a guest " + String.format(what, value));
    }
}
