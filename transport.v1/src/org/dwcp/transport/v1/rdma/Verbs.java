// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;

/**
 * The calls of librdmacm and libibverbs that {@link VerbsSockets} needs, as they are: handles and memory are addresses, structures have the layouts of
 * Linux on 64 bits. Every call returns at once. Thread-safe as the libraries are; a handle that was destroyed must not be used again.
 */
public interface Verbs {
    /** Opens a channel for the connection manager's events (rdma_create_event_channel(3)). */
    long createEvents() throws IOException;

    /** Closes it; every id of it is destroyed before. */
    void destroyEvents(long events);

    /** Makes an id for a reliable connection (rdma_create_id(3)). */
    long createId(long events) throws IOException;

    /** Destroys an id; its queue pair is destroyed before. */
    void destroyId(long id);

    /** Binds to an address. */
    void bind(long id, long socketAddress) throws IOException;

    /** Begins to listen. */
    void listen(long id, int backlog) throws IOException;

    /** Begins to look for the device that reaches an address; an event follows. */
    void resolveAddress(long id, long socketAddress, int timeoutMs) throws IOException;

    /** Begins to look for the way there; an event follows. */
    void resolveRoute(long id, int timeoutMs) throws IOException;

    /** Asks the peer for a connection; an event follows. */
    void connect(long id, int retries, int notReadyRetries) throws IOException;

    /** Grants what a peer asked for; an event follows. */
    void accept(long id, int retries, int notReadyRetries) throws IOException;

    /** Ends a connection; events follow at both ends. */
    void disconnect(long id);

    /** Writes the own address of an id: 16 bytes. */
    void address(long id, long socketAddress) throws IOException;

    /**
     * Takes the next event, if there is one.
     *
     * @param listeningOut where the id that listens is written, 8 bytes
     * @param idOut        where the id is written, 8 bytes
     * @return what happened, as rdma_cm_event_type numbers it, or negative
     */
    int event(long events, long listeningOut, long idOut);

    /** Gives the device that an id was bound to. */
    long device(long id) throws IOException;

    /** Makes a domain that memory belongs to. */
    long createDomain(long device) throws IOException;

    /** Gives it back. */
    void destroyDomain(long domain);

    /** Makes a channel that a queue of completions needs, whether it is used or not. */
    long createNotices(long device) throws IOException;

    /** Gives it back. */
    void destroyNotices(long notices);

    /** Makes a queue of completions. */
    long createCompletions(long device, long notices, int entries) throws IOException;

    /** Gives it back. */
    void destroyCompletions(long completions);

    /** Gives an id a queue pair, whose work all completes in one queue. */
    long createQueuePair(long id, long domain, long completions, int sends, int receives) throws IOException;

    /** Takes an id's queue pair. */
    void destroyQueuePair(long id);

    /**
     * Lets a device use memory, which is locked for it.
     *
     * @param keysOut where local key, remote key and handle are written, 4 bytes each
     * @return a handle
     */
    long register(long domain, long memory, int bytes, long keysOut) throws IOException;

    /** Ends that. */
    void deregister(long region) throws IOException;

    /** Queues one {@code ibv_send_wr}. */
    void postSend(long queuePair, long request) throws IOException;

    /** Queues one {@code ibv_recv_wr}. */
    void postReceive(long queuePair, long request) throws IOException;

    /** Takes completions, {@code ibv_wc}; gives how many. */
    int poll(long completions, int most, long out) throws IOException;
}
