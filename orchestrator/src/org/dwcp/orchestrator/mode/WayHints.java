// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import org.dwcp.api.node.PeerInfo;

/** What this machine knows of the way to a peer without sending anything: the interface that the route leads to, its MTU and its speed. */
final class WayHints {
    private static final Path INTERFACES = Path.of("/sys/class/net");

    private WayHints() {
    }

    /** Looks at the routing table: a UDP socket is connected, which sends nothing. Empty when the way cannot be told. */
    static Optional<String> of(PeerInfo peer) {
        try (DatagramSocket socket = new DatagramSocket()) {
            InetAddress host = InetAddress.getByName(peer.host());
            socket.connect(new InetSocketAddress(host, peer.port()));
            NetworkInterface by = NetworkInterface.getByInetAddress(socket.getLocalAddress());
            return by == null ? Optional.empty()
                    : Optional.of("interface " + by.getName() + ": mtu " + by.getMTU() + speed(INTERFACES.resolve(by.getName()).resolve("speed")));
        } catch (SocketException e) {
            return Optional.of("interface unknown: " + e.getMessage());
        } catch (IOException | RuntimeException e) { // no such host, or a socket that wraps its failure
            return Optional.of("interface unknown: " + e);
        }
    }

    /** Virtual and wireless interfaces have no speed: the file says -1 or cannot be read. */
    static String speed(Path file) {
        try {
            long mbit = Long.parseLong(Files.readString(file).strip());
            return mbit > 0 ? ", " + mbit + " Mbit/s" : "";
        } catch (IOException | NumberFormatException e) {
            return "";
        }
    }
}
