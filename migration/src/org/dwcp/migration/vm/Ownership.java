// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.Texts;

/**
 * Whose a guest is, as this node knows durably. The generation rises with each move and each move that came to nothing, so that of two claims the later
 * one is known. Immutable.
 *
 * @param state      what this node may do
 * @param generation of that state
 * @param peer       the other end, empty text when there is none
 * @param migration  the move that led to it, {@link FlowId#NONE} when there was none
 */
record Ownership(State state, long generation, String peer, FlowId migration) {
    /** Of a guest that was neither started nor moved by this node. */
    static final Ownership NEVER = new Ownership(State.OWNED, 0, "", FlowId.NONE);

    /** What a node may do with a guest. */
    enum State {
        /** Run it. */
        OWNED,
        /** It is on its way to the peer: goes on running it while its QEMU does, but does not start it again before the peer has said that it will not. */
        HANDING,
        /** Nothing: the peer has it. */
        RELEASED,
        /** It has come from the peer, which runs it no more: it is to be started here. */
        STARTING,
        /** Nothing: this node has said that it will never run that generation. */
        REFUSED
    }

    /** Whether this node has a claim on it. */
    boolean isMine() {
        return state == State.OWNED || state == State.HANDING || state == State.STARTING;
    }

    private static Path file(Path folder, String name) {
        return folder.resolve(name + ".owner");
    }

    /** Reads what is known; a guest that never moved belongs to whoever describes it. */
    static Ownership load(Path folder, String name) {
        Path file = file(folder, name);
        String text;
        try {
            text = Files.readString(file).strip();
        } catch (NoSuchFileException _) {
            return NEVER;
        } catch (IOException e) {
            throw new TransferException(Kind.UNAVAILABLE, "whose guest '" + name + "' is cannot be read: " + Texts.of(e));
        }
        try {
            return parse(text.split(" ", -1));
        } catch (DwcpException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new TransferException(Kind.BROKEN, file + " does not say whose guest '" + name + "' is (" + e.getMessage() + "); look where it runs, and write "
                    + "'1 OWNED GENERATION - 0-0' into it at that node only");
        }
    }

    private static Ownership parse(String[] parts) {
        Check.argument(parts.length == 5 && parts[0].equals("1"), "%d words, or another form than 1", parts.length);
        String[] id = parts[4].split("-", 2);
        return new Ownership(State.valueOf(parts[1]), Long.parseLong(parts[2]), parts[3].equals("-") ? "" : NodeId.of(parts[3]).value(),
                new FlowId(Long.parseUnsignedLong(id[0], 16), Long.parseUnsignedLong(id[1], 16)));
    }

    /** Writes it so that it is there after a power cut, whole. */
    void save(Path folder, String name) {
        written(folder, name, ".owner.part").commit();
    }

    /** Writes all of it but the last step, for who has no time for more then; once for a generation. */
    Written prepare(Path folder, String name) {
        return written(folder, name, ".owner." + generation);
    }

    private Written written(Path folder, String name, String ending) {
        Path part = folder.resolve(name + ending);
        String line = "1 " + state + " " + generation + " " + (peer.isEmpty() ? "-" : peer) + " " + Long.toHexString(migration.high()) + "-"
                + Long.toHexString(migration.low()) + "\n";
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        } catch (IOException e) {
            throw refusal(name, e);
        }
        return new Written(folder, name, part);
    }

    private static TransferException refusal(String name, IOException cause) {
        return new TransferException(Kind.UNAVAILABLE, "whose guest '" + name + "' is cannot be written: " + Texts.of(cause));
    }

    /** What is on the disk already and does not count before {@link #commit}. */
    record Written(Path folder, String name, Path part) {
        /** Lets it count, also after a power cut; once. */
        void commit() {
            try {
                Files.move(part, file(folder, name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                    directory.force(true);
                }
            } catch (IOException e) {
                throw refusal(name, e);
            }
        }

        /** It will never count. */
        void discard() {
            try {
                Files.deleteIfExists(part);
            } catch (IOException e) {
                throw refusal(name, e);
            }
        }
    }
}
