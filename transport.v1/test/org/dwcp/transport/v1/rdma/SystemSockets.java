// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/** The kernel's own sockets in the place of an RDMA library: the same calls through the same code, without a device. */
public final class SystemSockets implements RdmaLibrary {
    private final NativeCalls calls = new NativeCalls(NativeCalls.system(), "");

    /** A library that is always there. */
    public static RdmaLibraries libraries() {
        return new RdmaLibraries(List.of(new RdmaLibraries.Candidate("system", SystemSockets::new)));
    }

    /** A folder that shows one device with one port that is up. */
    public static Path device(Path folder) throws java.io.IOException {
        var port = Files.createDirectories(folder.resolve("test0/ports/1"));
        Files.writeString(port.resolve("state"), "4: ACTIVE\n");
        return folder;
    }

    @Override
    public String name() {
        return "system";
    }

    @Override
    public List<String> devices() {
        return List.of("test0");
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
