// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.whiteboard;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

/** Checks of what callers give to a transport. No state. */
public final class Frames {
    private static final Pattern PROTOCOL = Pattern.compile("[a-z0-9.-]{1,64}");

    private Frames() {
    }

    /**
     * Adds up a frame's pieces.
     *
     * @param parts the pieces
     * @return their bytes, 1 to {@link Transport#FRAME_BYTES_MAX}
     * @throws TransportException of kind REJECTED when there are fewer or more
     */
    public static int bytes(ByteBuffer... parts) {
        long bytes = 0;
        for (var part : parts) {
            bytes += part.remaining();
        }
        if (bytes < 1 || bytes > Transport.FRAME_BYTES_MAX) {
            throw new TransportException(Kind.REJECTED,
                    "frame of " + bytes + " bytes is not in 1.." + Transport.FRAME_BYTES_MAX + "; " + (bytes < 1 ? "leave it out" : "split it"));
        }
        return (int) bytes;
    }

    /**
     * Tells whether a protocol's name is well-formed.
     *
     * @param name the name
     * @return true for 1 to 64 characters of {@code a-z 0-9 . -}
     */
    public static boolean isProtocol(String name) {
        return PROTOCOL.matcher(name).matches();
    }

    /**
     * Refuses a malformed protocol name.
     *
     * @param name the name
     * @throws TransportException of kind REJECTED
     */
    public static void checkProtocol(String name) {
        if (!isProtocol(name)) {
            throw new TransportException(Kind.REJECTED, "protocol name '" + name + "' is not 1 to 64 characters of a-z, 0-9, '.' and '-'");
        }
    }
}
