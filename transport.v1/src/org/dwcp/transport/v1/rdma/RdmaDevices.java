// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The RDMA devices that the kernel shows, with the state of their ports. Looking reads a few small files and loads no library, so it may be done
 * often. Thread-safe.
 */
public final class RdmaDevices {
    /** Where Linux shows them. */
    public static final Path FOLDER = Path.of("/sys/class/infiniband");
    /** Locked memory below this is not enough for some lanes. Source: chosen; two lanes' buffers and their queues. */
    private static final long LOCKED_BYTES_MIN = 16L << 20;
    private static final int STATE_BYTES_MAX = 64;

    private final Path folder;

    /**
     * Looks in a folder.
     *
     * @param folder {@link #FOLDER}, or another in a test
     */
    public RdmaDevices(Path folder) {
        this.folder = folder;
    }

    /** Names of all devices. */
    List<String> names() {
        return list(folder);
    }

    /** Names of the devices with a port that is up. */
    List<String> active() {
        return names().stream().filter(this::hasActivePort).toList();
    }

    private boolean hasActivePort(String device) {
        var ports = folder.resolve(device).resolve("ports");
        return list(ports).stream().anyMatch(port -> state(ports.resolve(port).resolve("state")).contains("ACTIVE"));
    }

    private static String state(Path file) {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(STATE_BYTES_MAX), java.nio.charset.StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return ""; // the device went away meanwhile
        }
    }

    private static List<String> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            var names = new ArrayList<String>();
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
            names.sort(null);
            return List.copyOf(names);
        } catch (IOException e) {
            return List.of(); // a folder that cannot be read shows no device that could be used
        }
    }

    /**
     * Warns when this process may not lock enough memory for the devices.
     *
     * @param limits the process's limits, {@code /proc/self/limits}
     * @return what to do, or empty
     */
    static Optional<String> lockedMemoryWarning(Path limits) {
        try (var lines = Files.lines(limits)) {
            return lines.filter(line -> line.startsWith("Max locked memory")).map(line -> line.replaceFirst("Max locked memory\\s+", "").split("\\s+")[0])
                    .filter(soft -> soft.chars().allMatch(Character::isDigit) && Long.parseLong(soft) < LOCKED_BYTES_MIN)
                    .map(soft -> "only " + soft + " bytes of memory may be locked; set 'ulimit -l unlimited' or LimitMEMLOCK=infinity").findFirst();
        } catch (IOException e) {
            return Optional.empty(); // no such file here: the library will tell when it is refused
        }
    }
}
