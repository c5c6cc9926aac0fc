// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The socket functions of a native library, bound once. librdmacm names them like the C library's with an {@code r} in front (rsocket(7)), so the
 * C library's own sockets can take their place in a test. Thread-safe.
 */
final class NativeCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERROR = Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final int POLLIN = 1;
    private static final int EFD_NONBLOCK_CLOEXEC = 0x80800;

    final MethodHandle socket;
    final MethodHandle bind;
    final MethodHandle listen;
    final MethodHandle accept;
    final MethodHandle connect;
    final MethodHandle receive;
    final MethodHandle send;
    final MethodHandle poll;
    final MethodHandle fcntl;
    final MethodHandle setOption;
    final MethodHandle getOption;
    final MethodHandle name;
    private final MethodHandle close;
    private final MethodHandle eventfd;
    private final MethodHandle systemPoll;
    private final MethodHandle read;
    private final MethodHandle write;
    private final MethodHandle closeFile;

    NativeCalls(SymbolLookup library, String prefix) {
        socket = bind(library, prefix + "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
        bind = bind(library, prefix + "bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), ERRNO);
        listen = bind(library, prefix + "listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
        accept = bind(library, prefix + "accept", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS), ERRNO);
        connect = bind(library, prefix + "connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), ERRNO);
        receive = bind(library, prefix + "recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
        send = bind(library, prefix + "send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
        poll = bind(library, prefix + "poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
        fcntl = bind(library, prefix + "fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), ERRNO, Linker.Option.firstVariadicArg(2));
        setOption = bind(library, prefix + "setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), ERRNO);
        getOption = bind(library, prefix + "getsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS), ERRNO);
        name = bind(library, prefix + "getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS), ERRNO);
        close = bind(library, prefix + "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        var system = LINKER.defaultLookup();
        eventfd = bind(system, "eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
        systemPoll = bind(system, "poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
        read = bind(system, "read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG), ERRNO);
        write = bind(system, "eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
        closeFile = bind(system, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }

    /** Finds and binds one function; an error says which is missing. */
    @SuppressWarnings("restricted") // the launcher allows native access
    static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor type, Linker.Option... options) {
        var address = library.find(name).orElseThrow(() -> new UnsatisfiedLinkError("the library has no function " + name));
        return LINKER.downcallHandle(address, type, options);
    }

    /** The C library that the JVM itself uses. */
    static SymbolLookup system() {
        return LINKER.defaultLookup();
    }

    static MemorySegment errors(Arena arena) {
        return arena.allocate(Linker.Option.captureStateLayout());
    }

    static int errno(MemorySegment errors) {
        return (int) ERROR.get(errors, 0L);
    }

    void close(int descriptor) {
        one(close, descriptor);
    }

    // ---- a bell: a descriptor that wakes a poll

    int bell(MemorySegment errors) {
        try {
            int bell = (int) eventfd.invokeExact(errors, 0, EFD_NONBLOCK_CLOEXEC);
            if (bell < 0) {
                throw new IllegalStateException("eventfd failed with errno " + errno(errors) + "; raise the limit of open files");
            }
            return bell;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    void ring(int bell) {
        try {
            int unused = (int) write.invokeExact(bell, 1L);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /** Waits for the bell and takes its ring; false when there was none. */
    boolean waitFor(int bell, MemorySegment errors, MemorySegment word, int timeoutMs) {
        try {
            word.set(JAVA_INT, 0, bell);
            word.set(JAVA_INT, Integer.BYTES, POLLIN);
            int rung = (int) systemPoll.invokeExact(errors, word, 1L, timeoutMs);
            if (rung <= 0) {
                return false;
            }
            long unused = (long) read.invokeExact(errors, bell, word, (long) Long.BYTES);
            return true;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    void closeBell(int bell) {
        one(closeFile, bell);
    }

    private static void one(MethodHandle function, int descriptor) {
        try {
            int unused = (int) function.invokeExact(descriptor);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(Throwable cause) {
        return switch (cause) {
            case RuntimeException known -> known;
            case Error error -> throw error;
            default -> new IllegalStateException("a native call could not be made", cause);
        };
    }
}
