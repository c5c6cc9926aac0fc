// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Sockets of an RDMA library, none of which ever blocks. A socket is a number; it may be handed from one instance to another of the same
 * library. Used by one thread, but for {@link #wake}.
 */
public interface RdmaSockets extends AutoCloseable {
    /** Interest and answer: something can be read, or accepted. */
    int IN = 1;
    /** Interest and answer: something can be written, or a connection is there. */
    int OUT = 4;
    /** Answer: broken. */
    int BROKEN = 8;
    /** Answer: the peer has closed. */
    int ENDED = 16;
    /** What {@link #receive}, {@link #send} and {@link #accept} give when it would take waiting. */
    int LATER = -1;

    /**
     * Sizes and life signs of a socket.
     *
     * @param bufferBytes memory for sending, and as much for receiving, that the device locks
     * @param idleSeconds silence after which a sign of life is sent
     */
    record Tuning(int bufferBytes, int idleSeconds) {
    }

    /** Makes a socket that listens; gives it. */
    int listen(InetSocketAddress address, Tuning tuning) throws IOException;

    /** Takes a connection, or {@link #LATER}. */
    int accept(int listening) throws IOException;

    /** Begins to connect; gives the socket. It is there, or has failed, when it is {@link #OUT}. */
    int connect(InetSocketAddress address, Tuning tuning) throws IOException;

    /** Ends {@link #connect}; throws why it failed. */
    void connected(int socket) throws IOException;

    /** Gives the own address of a socket. */
    InetSocketAddress address(int socket) throws IOException;

    /**
     * Reads.
     *
     * @param memory where to
     * @param bytes  at most so many, 1 or more
     * @return bytes read, 0 at the end, or {@link #LATER}
     */
    int receive(int socket, long memory, int bytes) throws IOException;

    /**
     * Writes.
     *
     * @param memory where from
     * @param bytes  so many, 1 or more
     * @return bytes taken, fewer when there is no more room, or {@link #LATER}
     */
    int send(int socket, long memory, int bytes) throws IOException;

    /**
     * Waits until something happens to one of the sockets, {@link #wake} is called, or the time is over.
     *
     * @param sockets   which
     * @param interests what of; replaced by the answers
     * @param count     how many of both
     * @param timeoutMs 0 to return at once
     * @return how many answers are not 0
     */
    int await(int[] sockets, int[] interests, int count, int timeoutMs) throws IOException;

    /** Ends {@link #await} now, or the next one. Any thread. */
    void wake();

    /** Gives back what this instance holds; the sockets are closed before. */
    @Override
    void close();
}
