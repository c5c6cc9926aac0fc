// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.disni;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;

import org.dwcp.transport.v1.rdma.Verbs;

import com.ibm.disni.verbs.impl.NativeDispatcher;

/**
 * Verbs by DiSNI's native half. Of DiSNI's Java half only {@link NativeDispatcher} is used: what stands above it asks a class of the JDK for the address
 * of a buffer that no module may see any more. Loaded by a loader of its own, see {@link DisniLoader}.
 */
public final class DisniVerbs implements Verbs {
    private static final short PORT_SPACE_TCP = 0x0106;
    private static final int QUEUE_PAIR_RELIABLE = 2;
    private static final int ACCESS_LOCAL_WRITE = 1;

    private final NativeDispatcher calls;

    /**
     * Loads the native half.
     *
     * @throws UnsatisfiedLinkError when it cannot be loaded or is of another version; the message says why
     */
    public DisniVerbs() {
        try {
            var only = NativeDispatcher.class.getDeclaredConstructor();
            only.setAccessible(true); // only DiSNI's own provider may call it, and that needs what is described above
            calls = only.newInstance();
        } catch (InvocationTargetException e) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError(String.valueOf(e.getCause().getMessage())).initCause(e);
        } catch (ReflectiveOperationException e) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError("this is not DiSNI 2.1: " + e).initCause(e);
        }
    }

    @Override
    public long createEvents() throws IOException {
        return calls._createEventChannel();
    }

    @Override
    public void destroyEvents(long events) {
        calls._destroyEventChannel(events);
    }

    @Override
    public long createId(long events) throws IOException {
        return calls._createId(events, PORT_SPACE_TCP);
    }

    @Override
    public void destroyId(long id) {
        calls._destroyCmId(id);
    }

    @Override
    public void bind(long id, long socketAddress) throws IOException {
        calls._bindAddr(id, socketAddress);
    }

    @Override
    public void listen(long id, int backlog) throws IOException {
        calls._listen(id, backlog);
    }

    @Override
    public void resolveAddress(long id, long socketAddress, int timeoutMs) throws IOException {
        calls._resolveAddr(id, 0, socketAddress, timeoutMs);
    }

    @Override
    public void resolveRoute(long id, int timeoutMs) throws IOException {
        calls._resolveRoute(id, timeoutMs);
    }

    @Override
    public void connect(long id, int retries, int notReadyRetries) throws IOException {
        calls._connect(id, retries, notReadyRetries, 0, (byte) 0);
    }

    @Override
    public void accept(long id, int retries, int notReadyRetries) throws IOException {
        calls._accept(id, retries, notReadyRetries);
    }

    @Override
    public void disconnect(long id) {
        calls._disconnect(id);
    }

    @Override
    public void address(long id, long socketAddress) throws IOException {
        if (calls._getSrcAddr(id, socketAddress) != 0) {
            throw new IOException("the id has no address");
        }
    }

    @Override
    public int event(long events, long listeningOut, long idOut) {
        return calls._getCmEvent(events, listeningOut, idOut, 0);
    }

    @Override
    public long device(long id) throws IOException {
        return calls._getContext(id);
    }

    @Override
    public long createDomain(long device) throws IOException {
        return calls._allocPd(device);
    }

    @Override
    public void destroyDomain(long domain) {
        calls._deallocPd(domain);
    }

    @Override
    public long createNotices(long device) throws IOException {
        return calls._createCompChannel(device);
    }

    @Override
    public void destroyNotices(long notices) {
        calls._destroyCompChannel(notices);
    }

    @Override
    public long createCompletions(long device, long notices, int entries) throws IOException {
        return calls._createCQ(device, notices, entries, 0);
    }

    @Override
    public void destroyCompletions(long completions) {
        calls._destroyCQ(completions);
    }

    @Override
    public long createQueuePair(long id, long domain, long completions, int sends, int receives) throws IOException {
        return calls._createQP(id, domain, completions, completions, QUEUE_PAIR_RELIABLE, sends, receives, 0);
    }

    @Override
    public void destroyQueuePair(long id) {
        calls._destroyQP(id);
    }

    @Override
    public long register(long domain, long memory, int bytes, long keysOut) throws IOException {
        return calls._regMr(domain, memory, bytes, ACCESS_LOCAL_WRITE, keysOut, keysOut + Integer.BYTES, keysOut + 2 * Integer.BYTES);
    }

    @Override
    public void deregister(long region) throws IOException {
        calls._deregMr(region);
    }

    @Override
    public void postSend(long queuePair, long request) throws IOException {
        calls._postSend(queuePair, request);
    }

    @Override
    public void postReceive(long queuePair, long request) throws IOException {
        calls._postRecv(queuePair, request);
    }

    @Override
    public int poll(long completions, int most, long out) throws IOException {
        return calls._pollCQ(completions, most, out);
    }
}
