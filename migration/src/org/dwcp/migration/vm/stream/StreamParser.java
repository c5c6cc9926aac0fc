// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/**
 * Cuts QEMU's migration stream, version 3, into pages and what lies between. Big-endian: "QEVM", 3; then sections, each begun by a byte: 7
 * configuration, 1 start and 2, 3 part and end of the memory's (4: version), 0x7e footer, 8 command. A memory section is records of an address whose low
 * 12 bits are flags: 4 sizes of the blocks, 2 zero page, 8 page, 0x20 same block as before, 0x10 end. With the first section that is not the memory's the
 * devices begin: from there all is passed on as it is. Source: QEMU 10.0, docs/devel/migration and the streams themselves.
 *
 * <p>It takes the input in any cuts and keeps at most one record. Records of features that are switched off for our migrations (multifd, xbzrle, RDMA) and
 * everything unknown are refused. For one thread.
 */
final class StreamParser {
    /** Bytes of a page: x86-64. */
    static final int PAGE = 4096;
    /** Longest name of a memory block and a section. Source: their length is one byte. */
    static final int NAME_MAX = 255;
    /** Most bytes of the configuration's text. Source: chosen; a machine's name. */
    static final int CONFIGURATION_MAX = 1024;
    static final int ZERO = 0x02;
    static final int SIZES = 0x04;
    static final int CONTENT = 0x08;
    static final int END = 0x10;
    static final int SAME_BLOCK = 0x20;

    private static final int MAGIC = 0x5145564d;
    private static final int VERSION = 3;
    private static final int RAM_VERSION = 4;
    private static final int RECORD_MAX = 8 + 1 + NAME_MAX + PAGE;

    private enum State { HEAD, SECTION, MEMORY, BLOCK_SIZES, PASS, DEVICES }

    private final StreamVisitor visitor;
    private final ByteBuffer kept = ByteBuffer.allocate(16 * RECORD_MAX);
    private State state = State.HEAD;
    private int memorySection = -1;
    private long sizesLeft;
    private int passLeft;
    private boolean named;

    StreamParser(StreamVisitor visitor) {
        this.visitor = visitor;
    }

    /** Takes the next bytes. */
    void feed(ByteBuffer input) {
        while (input.hasRemaining()) {
            if (state == State.DEVICES && kept.position() == 0) {
                visitor.raw(input);
                return;
            }
            int count = Math.min(input.remaining(), kept.remaining());
            kept.put(input.slice(input.position(), count));
            input.position(input.position() + count);
            kept.flip();
            while (kept.hasRemaining() && step()) {
                // step by step
            }
            kept.compact();
        }
    }

    /** The input is over: passes on what is left of it. A stream may break anywhere; whether it is whole its reader finds out. */
    void end() {
        kept.flip();
        visitor.raw(kept);
        kept.clear();
    }

    /** False when more bytes are needed. */
    private boolean step() {
        return switch (state) {
            case HEAD -> head();
            case SECTION -> section(kept.get(kept.position()) & 0xff);
            case MEMORY -> record();
            case BLOCK_SIZES -> blockSize();
            case PASS -> pass();
            case DEVICES -> {
                visitor.raw(kept);
                yield true;
            }
        };
    }

    private boolean lacks(int bytes) {
        return kept.remaining() < bytes;
    }

    /** Passes bytes that are there on as they are. */
    private boolean raw(int bytes, State next) {
        ByteBuffer part = kept.slice(kept.position(), bytes);
        kept.position(kept.position() + bytes);
        visitor.raw(part);
        state = next;
        return true;
    }

    private int intAt(int offset) {
        return kept.getInt(kept.position() + offset);
    }

    private int byteAt(int offset) {
        return kept.get(kept.position() + offset) & 0xff;
    }

    private String text(int offset, int bytes) {
        byte[] text = new byte[bytes];
        kept.get(kept.position() + offset, text);
        return new String(text, StandardCharsets.ISO_8859_1); // byte for byte
    }

    private boolean head() {
        if (lacks(8)) {
            return false;
        }
        require(intAt(0) == MAGIC, "begins with %08x, not with QEVM; is it another program's", intAt(0));
        require(intAt(4) == VERSION, "has version %d; only version 3 is known", intAt(4));
        return raw(8, State.SECTION);
    }

    private boolean section(int type) {
        switch (type) {
            case 0x07 -> {
                if (lacks(5)) {
                    return false;
                }
                int length = intAt(1);
                require(length >= 0 && length <= CONFIGURATION_MAX, "has a configuration of %d bytes, more than " + CONFIGURATION_MAX, length);
                return !lacks(5 + length) && raw(5 + length, State.SECTION);
            }
            case 0x01 -> {
                return start();
            }
            case 0x02, 0x03 -> {
                if (lacks(5)) {
                    return false;
                }
                require(intAt(1) == memorySection, "goes on with section %d, which was not begun", intAt(1));
                return raw(5, State.MEMORY);
            }
            case 0x7e -> {
                return !lacks(5) && raw(5, State.SECTION);
            }
            case 0x08 -> {
                if (lacks(5)) {
                    return false;
                }
                passLeft = intAt(1) & 0xffff;
                return raw(5, passLeft == 0 ? State.SECTION : State.PASS);
            }
            case 0x00, 0x04, 0x06 -> {
                state = State.DEVICES;
                return true;
            }
            default -> throw refusal("has a section of the unknown type %d", type);
        }
    }

    private boolean start() {
        if (lacks(6)) {
            return false;
        }
        int length = byteAt(5);
        if (lacks(6 + length + 8)) {
            return false;
        }
        String name = text(6, length);
        int version = intAt(6 + length + 4);
        if (!name.equals("ram")) {
            state = State.DEVICES; // of another part that is sent live we do not know where its records end
            return true;
        }
        require(version == RAM_VERSION, "has memory of version %d; only version 4 is known", version);
        require(memorySection < 0, "begins its memory twice, section %d", intAt(1));
        memorySection = intAt(1);
        require(memorySection >= 0, "has the section number %d", memorySection);
        return raw(6 + length + 8, State.MEMORY);
    }

    private boolean record() {
        if (lacks(8)) {
            return false;
        }
        long word = kept.getLong(kept.position());
        int flags = (int) (word & (PAGE - 1));
        long address = word - flags;
        switch (flags) {
            case END -> {
                require(address == 0, "ends a round at address %x", address);
                return raw(8, State.SECTION);
            }
            case SIZES -> {
                require(address > 0, "has %d bytes of memory", address);
                sizesLeft = address;
                return raw(8, State.BLOCK_SIZES);
            }
            case ZERO, ZERO | SAME_BLOCK, CONTENT, CONTENT | SAME_BLOCK -> {
                require(address >= 0, "has a page at address %x", address);
                return page(address, flags);
            }
            default -> throw refusal("has a record of memory with flags %x; multifd, xbzrle, RDMA and mapped-ram must be off", flags);
        }
    }

    private boolean page(long address, int flags) {
        int at = 8;
        String name = null;
        if ((flags & SAME_BLOCK) == 0) {
            if (lacks(9) || lacks(9 + byteAt(8))) {
                return false;
            }
            int length = byteAt(8);
            require(length > 0, "names a memory block with %d bytes", length);
            name = text(9, length);
            at = 9 + length;
        }
        require(name != null || named, "has a page at %x before any block was named", address);
        boolean zero = (flags & ZERO) != 0;
        if (lacks(at + (zero ? 1 : PAGE))) {
            return false;
        }
        if (zero) {
            require(byteAt(at) == 0, "has a page filled with %d, which QEMU writes no more", byteAt(at));
            visitor.zero(name, address);
            kept.position(kept.position() + at + 1);
        } else {
            visitor.page(name, address, kept.slice(kept.position() + at, PAGE));
            kept.position(kept.position() + at + PAGE);
        }
        named = true;
        return true;
    }

    private boolean blockSize() {
        if (lacks(1) || lacks(1 + byteAt(0) + 8)) {
            return false;
        }
        int length = byteAt(0);
        long bytes = kept.getLong(kept.position() + 1 + length);
        require(bytes > 0 && bytes <= sizesLeft, "has a memory block of %d bytes, more than are left", bytes);
        sizesLeft -= bytes;
        return raw(1 + length + 8, sizesLeft == 0 ? State.MEMORY : State.BLOCK_SIZES);
    }

    private boolean pass() {
        int count = Math.min(passLeft, kept.remaining());
        passLeft -= count;
        return raw(count, passLeft == 0 ? State.SECTION : State.PASS);
    }

    private static void require(boolean holds, String what, Object value) {
        if (!holds) {
            throw refusal(what, value);
        }
    }

    private static TransferException refusal(String what, Object value) {
        return new TransferException(Kind.REJECTED, "the migration stream of QEMU " + String.format(what, value));
    }
}
