// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;

/**
 * What the two ends of a move say to each other besides the stream: calls of method {@code dwcp.vm}. Big-endian: format (1), operation (1), id of the move
 * (16), generation that the target would have (8), the guest's name (length 1, ASCII).
 *
 * @param operation  {@link #PREPARE} or {@link #SETTLE}
 * @param migration  the move
 * @param generation of the guest at the target
 * @param name       of the guest
 */
record GuestWire(byte operation, FlowId migration, long generation, String name) {
    /** Name of the method. */
    static final String METHOD = "dwcp.vm";
    /** Start a QEMU that waits for the guest. Answer: most pages of a cache (4). */
    static final byte PREPARE = 1;
    /** Does the guest run? Whoever says no will never run that generation. Answer: one of those below. */
    static final byte SETTLE = 2;
    static final byte NO = 0;
    static final byte RUNS = 1;
    /** It is about to run, or not: ask again. */
    static final byte LATER = 2;
    private static final byte FORMAT = 1;
    private static final int FIXED = 2 + 16 + 8;

    byte[] write() {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(FIXED + 1 + text.length).put(FORMAT).put(operation).putLong(migration.high()).putLong(migration.low()).putLong(generation)
                .put((byte) text.length).put(text).array();
    }

    static GuestWire read(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body);
        try {
            byte format = in.get();
            if (format != FORMAT) {
                throw refusal("format " + format + " is unknown; this node speaks " + FORMAT);
            }
            byte operation = in.get();
            FlowId migration = new FlowId(in.getLong(), in.getLong());
            long generation = in.getLong();
            byte[] text = new byte[in.get() & 0xff];
            in.get(text);
            if (operation != PREPARE && operation != SETTLE || generation < 1 || in.hasRemaining() || migration.equals(FlowId.NONE)) {
                throw refusal("operation " + operation + " of generation " + generation + " is unknown, or something follows it");
            }
            return new GuestWire(operation, migration, generation, GuestFile.checked(new String(text, StandardCharsets.US_ASCII)));
        } catch (BufferUnderflowException _) {
            throw refusal(body.length + " bytes are cut off");
        }
    }

    private static TransferException refusal(String why) {
        return new TransferException(Kind.REJECTED, "message about guests: " + why);
    }
}
