// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

/** What bounds every message. Source: chosen so that the largest message fits one transport frame of 1 MiB + 64 KiB, see ADR 0030. */
public final class Limits {
    /** Most members of a group: f = 5. */
    public static final int MEMBERS_MAX = 16;
    /** Most clients that a membership names besides its members. */
    public static final int CLIENTS_MAX = 1_024;
    /** Longest command, in bytes. */
    public static final int COMMAND_BYTES_MAX = 512 << 10;
    /** Longest result of a command, in bytes. */
    public static final int RESULT_BYTES_MAX = 512 << 10;
    /** Most requests of one batch. */
    public static final int BATCH_REQUESTS_MAX = 1_024;
    /** Longest encoded batch, in bytes. */
    public static final int BATCH_BYTES_MAX = 1 << 20;
    /** Most sequence numbers between the stable checkpoint and the high water mark. */
    public static final int WINDOW_MAX = 256;
    /** Most digests that one sequence number can have had, one a view. */
    public static final int DIGESTS_PER_SEQUENCE_MAX = 8;
    /** Size of one piece of a state on its way to another replica. */
    public static final int CHUNK_BYTES = 256 << 10;
    /** Most pieces: 256 MiB of state. */
    public static final int CHUNKS_MAX = 1_024;
    /** Most membership changes that one message can prove. */
    public static final int LINKS_MAX = 16;
    /** Longest name of a node or client. */
    public static final int NAME_BYTES_MAX = 63;
    /** Longest public key or signature. */
    public static final int KEY_BYTES_MAX = 128;
    /** Longest message. */
    public static final int MESSAGE_BYTES_MAX = (1 << 20) + (60 << 10);

    private Limits() {
    }
}
