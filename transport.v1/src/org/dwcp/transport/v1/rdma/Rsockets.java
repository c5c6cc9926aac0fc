// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** rsockets of librdmacm (rsocket(7)), and the devices that libibverbs knows. The libraries stay loaded once they were. */
public final class Rsockets implements RdmaLibrary {
    private static final int NAME_BYTES_MAX = 64;
    private static final int DEVICES_MAX = 64;

    private final NativeCalls calls;
    private final MethodHandle deviceList;
    private final MethodHandle freeList;
    private final MethodHandle deviceName;

    /**
     * Loads the libraries.
     *
     * @throws UnsatisfiedLinkError when one is missing or too old; the message says which
     */
    public Rsockets() {
        var verbs = load("libibverbs.so.1", "libibverbs1");
        deviceList = NativeCalls.bind(verbs, "ibv_get_device_list", FunctionDescriptor.of(ADDRESS, ADDRESS));
        freeList = NativeCalls.bind(verbs, "ibv_free_device_list", FunctionDescriptor.ofVoid(ADDRESS));
        deviceName = NativeCalls.bind(verbs, "ibv_get_device_name", FunctionDescriptor.of(ADDRESS, ADDRESS));
        calls = new NativeCalls(load("librdmacm.so.1", "librdmacm1"), "r");
    }

    @SuppressWarnings("restricted") // the launcher allows native access
    private static SymbolLookup load(String library, String packageName) {
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnsatisfiedLinkError(library + " is not installed; install " + packageName + " (rdma-core)");
        }
    }

    @Override
    public String name() {
        return "rsockets";
    }

    @Override
    @SuppressWarnings("restricted") // lengths are those that the library told
    public List<String> devices() {
        try (var arena = Arena.ofConfined()) {
            var count = arena.allocate(JAVA_INT);
            var list = (MemorySegment) deviceList.invokeExact(count);
            if (list.equals(MemorySegment.NULL)) {
                return List.of();
            }
            var names = new ArrayList<String>();
            var devices = list.reinterpret(ADDRESS.byteSize() * Math.clamp(count.get(JAVA_INT, 0), 0, DEVICES_MAX));
            for (long at = 0; at < devices.byteSize(); at += ADDRESS.byteSize()) {
                var name = (MemorySegment) deviceName.invokeExact(devices.get(ADDRESS, at));
                names.add(name.reinterpret(NAME_BYTES_MAX).getString(0));
            }
            freeList.invokeExact(list);
            return List.copyOf(names);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("libibverbs could not be asked for devices", e);
        }
    }

    @Override
    public IntConsumer closing() {
        return calls::close;
    }

    @Override
    public RdmaSockets open() {
        return new NativeSockets(calls);
    }
}
