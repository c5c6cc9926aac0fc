// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps classes of ours out of the library's static fields: the library is never refreshed, and what it kept would keep this bundle's class loader. Found in heap dumps: exceptions
 * that say why an optional part is missing, with the stack of who asked first; and a cache of class names.
 */
final class LibraryStatics {
    private static final Logger LOG = LoggerFactory.getLogger(LibraryStatics.class);

    private LibraryStatics() {
    }

    /** Builds and starts a server on a stack that holds no class of ours. */
    static RaftServer start(RaftServer.Builder builder) throws IOException {
        var server = (RaftServer) aside(RaftServer.Builder.class, "build", MethodType.methodType(RaftServer.class), builder);
        aside(RaftServer.class, "start", MethodType.methodType(void.class), server);
        return server;
    }

    private static Object aside(Class<?> type, String method, MethodType signature, Object target) throws IOException {
        try {
            MethodHandle call = MethodHandles.publicLookup().findVirtual(type, method, signature).bindTo(target);
            Callable<?> onItsOwn = MethodHandleProxies.asInterfaceInstance(Callable.class, call); // no lambda of ours around it
            FutureTask<?> task = new FutureTask<>(onItsOwn);
            var thread = new Thread(task, "consensus.v1.start");
            thread.setContextClassLoader(RaftServer.class.getClassLoader()); // where the library finds its parts, and what its threads inherit
            thread.start();
            return task.get();
        } catch (ReflectiveOperationException e) {
            throw new IOException("this version of the library has no " + type.getSimpleName() + "." + method, e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the server started", e);
        }
    }

    /** Takes this bundle's classes out of the cache of names. */
    static void forget() {
        try {
            var names = JavaUtils.class.getDeclaredField("CLASS_SIMPLE_NAMES");
            names.setAccessible(true);
            ((Map<?, ?>) names.get(null)).keySet().removeIf(key -> key instanceof Class<?> type && type.getClassLoader() == LibraryStatics.class.getClassLoader());
        } catch (ReflectiveOperationException e) {
            LOG.warn("consensus.v1 the library's cache of class names was not found; it may keep classes of a stopped provider: {}", e.toString());
        }
    }
}
