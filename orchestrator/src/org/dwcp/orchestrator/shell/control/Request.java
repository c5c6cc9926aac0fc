// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.orchestrator.shell.view.Screen;

/**
 * What a client asks. On the wire, all numbers big-endian: magic {@code int}, version {@code byte}, token of 32 bytes, flags {@code byte} (1 terminal,
 * 2 colour, 4 block characters), width {@code unsigned short}, then the folder the client stands in and its words, each as {@code int} length and
 * UTF-8, the words preceded by their number as {@code unsigned short}.
 *
 * @param token     proof that the client may read the node's files
 * @param screen    what the client writes to
 * @param directory absolute path that relative ones start from, empty text for none
 * @param words     command and arguments
 */
record Request(byte[] token, Screen screen, String directory, List<String> words) {
    /** First bytes of a request: {@code DWCP}. */
    static final int MAGIC = 0x44574350;
    /** Version of this protocol. */
    static final byte VERSION = 1;
    /** Length of a token: 256 bits. */
    static final int TOKEN_BYTES = 32;
    /** Most bytes of directory and words together. Source: chosen; a long command line, not a file. */
    static final int TEXT_BYTES_MAX = 64 << 10;
    /** Most words. Source: chosen. */
    static final int WORDS_MAX = 64;
    private static final int LIVE = 1;
    private static final int COLOUR = 2;
    private static final int UNICODE = 4;

    Request {
        words = List.copyOf(words);
    }

    /** Reads a request; every length is checked before it is believed. */
    static Request read(DataInputStream in) throws IOException, RefusedRequest {
        if (in.readInt() != MAGIC) {
            throw new RefusedRequest("this is no DWCP client");
        }
        var version = in.readByte();
        if (version != VERSION) {
            throw new RefusedRequest("client speaks control protocol " + version + " and this node speaks " + VERSION + "; use the client of this node's version");
        }
        var token = in.readNBytes(TOKEN_BYTES);
        var flags = in.readUnsignedByte();
        var screen = new Screen((flags & LIVE) != 0, (flags & COLOUR) != 0, (flags & UNICODE) != 0, in.readUnsignedShort());
        var left = TEXT_BYTES_MAX;
        var directory = text(in, left);
        left -= directory.length;
        var count = in.readUnsignedShort();
        if (count > WORDS_MAX) {
            throw new RefusedRequest("command line of " + count + " words exceeds " + WORDS_MAX);
        }
        var words = new ArrayList<String>();
        for (var index = 0; index < count; index++) {
            var word = text(in, left);
            left -= word.length;
            words.add(decode(word));
        }
        return new Request(token, screen, decode(directory), words);
    }

    private static byte[] text(DataInputStream in, int left) throws IOException, RefusedRequest {
        var length = in.readInt();
        if (length < 0 || length > left) {
            throw new RefusedRequest("command line exceeds " + TEXT_BYTES_MAX + " bytes");
        }
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new java.io.EOFException();
        }
        return bytes;
    }

    private static String decode(byte[] bytes) throws RefusedRequest {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new RefusedRequest("command line is no UTF-8");
        }
    }
}
