// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A second descriptor of a file, for what channels do not offer: where its holes are (lseek(2)), a block device that nobody else uses (open(2)), and zeros
 * without writing them (fallocate(2)). Linux only; elsewhere there is none, and everything is read and written. For one thread.
 */
final class NativeFile implements AutoCloseable {
    /** Source: errno.h. */
    static final int ENXIO = 6;
    static final int EBUSY = 16;
    /** Source: fcntl.h. */
    static final int READ = 0;
    static final int WRITE_ALONE = 1 | 0x80; // O_WRONLY | O_EXCL
    private static final int CLOSED_ON_EXEC = 0x80000;
    /** Source: unistd.h of Linux; other systems number them otherwise. */
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int PUNCH_HOLE_KEEP_SIZE = 3;

    private final int descriptor;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment errors = arena.allocate(Linker.Option.captureStateLayout());

    private NativeFile(int descriptor) {
        this.descriptor = descriptor;
    }

    /** The functions, bound once. */
    private static final class Calls {
        private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
        private static final VarHandle ERROR = Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle OPEN = bind("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), ERRNO, Linker.Option.firstVariadicArg(2));
        static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        static final MethodHandle SEEK = bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT), ERRNO);
        static final MethodHandle ALLOCATE = bind("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG), ERRNO);

        @SuppressWarnings("restricted") // the launcher allows native access
        private static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError("no function " + name)), type, options);
        }
    }

    /** A call that failed, and why. */
    static final class Failure extends IOException {
        private static final long serialVersionUID = 1;
        final int errno;

        Failure(String what, int errno) {
            super(what + " failed with errno " + errno);
            this.errno = errno;
        }
    }

    /**
     * Opens a file.
     *
     * @return empty where there is no such function
     */
    static Optional<NativeFile> open(Path path, int flags) throws Failure {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errors = arena.allocate(Linker.Option.captureStateLayout());
            int descriptor = (int) Calls.OPEN.invokeExact(errors, arena.allocateFrom(path.toString()), flags | CLOSED_ON_EXEC);
            if (descriptor < 0) {
                throw new Failure("opening " + path, errno(errors));
            }
            return Optional.of(new NativeFile(descriptor));
        } catch (Failure e) {
            throw e;
        } catch (LinkageError | IllegalCallerException _) { // another C library, or no native access
            return Optional.empty();
        } catch (Throwable e) {
            throw new IllegalStateException(e); // the handles throw nothing
        }
    }

    private static int errno(MemorySegment errors) {
        return (int) Calls.ERROR.get(errors, 0L);
    }

    /** The first place at or behind another that is no hole. Fails with {@link #ENXIO} when there is none, and with others where holes are not told. */
    long data(long from) throws Failure {
        return seek(from, SEEK_DATA, "lseek SEEK_DATA");
    }

    /** The first hole at or behind a place; the end of the file is one. */
    long hole(long from) throws Failure {
        return seek(from, SEEK_HOLE, "lseek SEEK_HOLE");
    }

    private long seek(long from, int whence, String what) throws Failure {
        long found;
        try {
            found = (long) Calls.SEEK.invokeExact(errors, descriptor, from, whence);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (found < 0) {
            throw new Failure(what + " from " + from, errno(errors));
        }
        return found;
    }

    /** Makes bytes read as zero without writing them; false where that cannot be done. */
    boolean zero(long at, long bytes) {
        try {
            return (int) Calls.ALLOCATE.invokeExact(errors, descriptor, PUNCH_HOLE_KEEP_SIZE, at, bytes) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        arena.close();
        try {
            int unused = (int) Calls.CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
