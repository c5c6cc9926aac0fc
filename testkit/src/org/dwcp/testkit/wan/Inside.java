// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Runs work on a thread of its own that stands in another network namespace (setns(2)). The thread ends with the work. */
final class Inside {
    private static final int READ_ONLY_CLOSED_ON_EXEC = 0x80000; // O_RDONLY | O_CLOEXEC, fcntl.h
    private static final int NEW_NETWORK = 0x40000000; // CLONE_NEWNET, sched.h

    private Inside() {
    }

    static <T> T call(String namespace, Callable<T> work) {
        var result = new CompletableFuture<T>();
        Thread.ofPlatform().name("testkit.wan.inside-" + namespace).start(() -> {
            try {
                enter(namespace);
                result.complete(work.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause
                    : new IllegalStateException("in " + namespace + ": " + e.getCause().getMessage(), e.getCause());
        }
    }

    @SuppressWarnings("restricted")
    private static void enter(String namespace) throws Throwable {
        var linker = Linker.nativeLinker();
        var system = linker.defaultLookup();
        var open = linker.downcallHandle(system.findOrThrow("open"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
        var join = linker.downcallHandle(system.findOrThrow("setns"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        var close = linker.downcallHandle(system.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            var file = (int) open.invokeExact(arena.allocateFrom(Namespaces.FOLDER.resolve(namespace).toString()), READ_ONLY_CLOSED_ON_EXEC);
            if (file < 0) {
                throw new IllegalStateException("no network namespace " + namespace);
            }
            var status = (int) join.invokeExact(file, NEW_NETWORK);
            var closed = (int) close.invokeExact(file);
            if (status != 0 || closed != 0) {
                throw new IllegalStateException("this process may not enter the network namespace " + namespace);
            }
        }
    }
}
