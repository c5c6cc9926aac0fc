// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import org.dwcp.api.Check;

/**
 * A command with the name that makes it take effect once: client and sequence. Who repeats a command under the same name gets the answer of the first time. A client
 * numbers its commands from 1 and says below which number it has all answers; at most {@link #WINDOW} may be without. Copies its bytes.
 * {@snippet :
 * Command third = new Command("lisbon-7f3a", 3, 2, "set x 1".getBytes());
 * }
 *
 * @param client   name of the session, 1 to {@link #CLIENT_LENGTH_MAX} characters of {@code a-z 0-9 . -}; unique, not used again
 * @param sequence 1 or more
 * @param done     the client has the answers of all sequences up to here, 0 or more, below {@code sequence}; they are forgotten
 * @param body     0 to {@link #BODY_BYTES_MAX} bytes
 */
public record Command(String client, long sequence, long done, byte[] body) {
    /** Most bytes of a command. Source: chosen; four fit one entry. What is larger is a transfer. */
    public static final int BODY_BYTES_MAX = 64 << 10;
    /** Most bytes of an answer. Source: as for commands. */
    public static final int REPLY_BYTES_MAX = 64 << 10;
    /** Most commands of one client without an answer. Source: chosen; twice the outstanding ones of the benchmark. */
    public static final int WINDOW = 512;
    /** Most characters of a client's name. Source: chosen. */
    public static final int CLIENT_LENGTH_MAX = 96;

    /**
     * Checks and copies.
     *
     * @throws ConsensusException for reason TOO_LARGE; {@link org.dwcp.api.DwcpException} of kind REJECTED for anything else out of bounds
     */
    public Command {
        Check.argument(client != null && client.length() <= CLIENT_LENGTH_MAX && client.matches("[a-z0-9.-]+"),
                "client name '%s' is not 1 to %d characters of a-z, 0-9, '.' and '-'", client, CLIENT_LENGTH_MAX);
        Check.argument(sequence >= 1 && done >= 0 && done < sequence && sequence - done <= WINDOW,
                "sequence %d and done %d are not 1 or more and apart by 1 to %d; wait for answers", sequence, done, WINDOW);
        if (body.length > BODY_BYTES_MAX) {
            throw new ConsensusException(ConsensusException.Reason.TOO_LARGE,
                    "command of " + body.length + " bytes exceeds " + BODY_BYTES_MAX + "; split it or move it by a transfer");
        }
        body = body.clone();
    }

    /**
     * Gives the body.
     *
     * @return a copy
     */
    @Override
    public byte[] body() {
        return body.clone();
    }
}
