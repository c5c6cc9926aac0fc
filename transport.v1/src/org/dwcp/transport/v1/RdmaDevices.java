// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The RDMA devices that the kernel shows. Looking costs one folder listing and loads no library. */
final class RdmaDevices {
    private static final Path FOLDER = Path.of("/sys/class/infiniband");

    private RdmaDevices() {
    }

    static String inWords() {
        var names = names(FOLDER);
        return names.isEmpty() ? "no device, TCP lanes" : String.join(" ", names) + " not used by this version, TCP lanes";
    }

    static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var devices = Files.list(folder)) {
            return devices.map(device -> device.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of(); // a folder that cannot be read shows no device that could be used
        }
    }
}
