// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.util.List;
import java.util.function.IntConsumer;

/** Sockets made of a library's verbs, see {@link VerbsSockets}. */
public final class VerbsLibrary implements RdmaLibrary {
    private final String name;
    private final RdmaDevices devices;
    private final VerbsHub hub;

    /**
     * Makes it; nothing is opened yet.
     *
     * @param name    what the library is called
     * @param verbs   its calls
     * @param devices shows the devices
     */
    public VerbsLibrary(String name, Verbs verbs, RdmaDevices devices) {
        this.name = name;
        this.devices = devices;
        hub = new VerbsHub(verbs);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String fabric() {
        return RdmaFabric.VERBS;
    }

    @Override
    public List<String> devices() {
        return devices.names();
    }

    @Override
    public IntConsumer closing() {
        return hub::close;
    }

    @Override
    public RdmaSockets open() {
        return new VerbsSockets(hub);
    }

    /** Sockets and loops that are open. */
    int users() {
        return hub.users();
    }
}
