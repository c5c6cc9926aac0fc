// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.rdma;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A virtual machine with Debian's kernel, a Soft-RoCE device and this machine's files, read-only: what is installed here runs there. It needs no
 * rights and no network of the host's. The kernel is fetched once by {@code apt-get download} and kept in the folder.
 */
final class Guest {
    /** The packages that it needs, for who installs them. */
    static final String PACKAGES = "qemu-system-x86 busybox-static iproute2 librdmacm1 libibverbs1 ibverbs-providers";
    private static final List<String> MODULES = List.of("virtio_pci", "9pnet_virtio", "9p", "virtio_net", "crc32_generic", "rdma_rxe", "ib_uverbs",
            "rdma_ucm");
    private static final List<String> QEMU = List.of("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048",
            "-nographic", "-no-reboot", "-append", "console=ttyS0 quiet panic=-1 net.ifnames=0 mitigations=off", "-nic", "none", "-netdev",
            "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile=", "-virtfs",
            "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap");
    private static final Duration FETCH_MAX = Duration.ofMinutes(3);

    private final Path folder;
    private final Path sources;

    /**
     * Prepares.
     *
     * @param folder  keeps the kernel
     * @param sources holds the scripts
     */
    Guest(Path folder, Path sources) {
        this.folder = folder;
        this.sources = sources;
    }

    /** Tells why it cannot run on this machine. */
    static Optional<String> unavailable() {
        if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
            return Optional.of("the guest is made for Linux on x86-64");
        }
        for (var needed : List.of("qemu-system-x86_64", "busybox", "rdma", "dpkg-deb", "apt-get")) {
            if (find(needed).isEmpty()) {
                return Optional.of("no " + needed + " is installed; install " + PACKAGES);
            }
        }
        var libraries = Path.of("/usr/lib/x86_64-linux-gnu");
        for (var needed : List.of("librdmacm.so.1", "libibverbs.so.1", "libibverbs/librxe-rdmav34.so")) {
            if (!Files.exists(libraries.resolve(needed))) {
                return Optional.of("no " + needed + " in " + libraries + "; install " + PACKAGES);
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> find(String program) {
        return List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin").stream().map(directory -> Path.of(directory, program)).filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Fetches the kernel, unless it is there.
     *
     * @return why there is none, or empty
     */
    Optional<String> fetch() throws Exception {
        var kernel = folder.resolve("kernel");
        if (Files.isDirectory(kernel.resolve("boot"))) {
            return Optional.empty();
        }
        var part = Files.createDirectories(folder.resolve("part"));
        var failure = run(part, FETCH_MAX, "package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1)"
                + " && apt-get download -q \"$package\" && dpkg-deb -x linux-image-*.deb kernel && rm linux-image-*.deb");
        if (failure.isPresent()) {
            return Optional.of("Debian's kernel cannot be fetched: " + failure.get());
        }
        Files.move(part.resolve("kernel"), kernel, StandardCopyOption.ATOMIC_MOVE);
        return Optional.empty();
    }

    private static Optional<String> run(Path where, Duration longest, String script) throws IOException, InterruptedException {
        var process = new ProcessBuilder("/bin/bash", "-c", script).directory(where.toFile()).redirectErrorStream(true)
                .redirectOutput(where.resolve("output.txt").toFile()).redirectInput(Path.of("/dev/null").toFile()).start();
        if (!process.waitFor(longest.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            return Optional.of("not done within " + longest.toSeconds() + " s");
        }
        return process.exitValue() == 0 ? Optional.empty() : Optional.of(Files.readString(where.resolve("output.txt")).strip());
    }

    /**
     * Starts it, runs a command on this machine's files and waits until it is off.
     *
     * @param command for the shell
     * @param longest it is killed after that
     * @return what it printed
     */
    List<String> run(String command, Duration longest) throws Exception {
        var memory = memory(command);
        var words = new ArrayList<>(QEMU);
        try (var images = Files.list(folder.resolve("kernel/boot"))) {
            words.addAll(List.of("-kernel", images.filter(file -> file.getFileName().toString().startsWith("vmlinuz")).findFirst().orElseThrow().toString()));
        }
        words.addAll(List.of("-initrd", memory.toString()));
        var output = folder.resolve("console.txt");
        var process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile()).start();
        try {
            process.waitFor(longest.toSeconds(), TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly().waitFor();
        }
        return new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1).lines().map(line -> line.replace("\r", "")).toList();
    }

    /** Makes the guest's first file system: busybox, the modules, the scripts. */
    private Path memory(String command) throws Exception {
        var root = folder.resolve("memory");
        delete(root);
        for (var name : List.of("bin", "proc", "sys", "dev", "mnt", "modules")) {
            Files.createDirectories(root.resolve(name));
        }
        executable(root.resolve("bin/busybox"), Files.readAllBytes(find("busybox").orElseThrow()));
        executable(root.resolve("init"), Files.readAllBytes(sources.resolve("init.sh")));
        Files.writeString(root.resolve("guest.sh"), Files.readString(sources.resolve("guest.sh")).replace("COMMAND", command));
        var order = new ArrayList<String>();
        for (var module : modules()) {
            Files.copy(module, root.resolve("modules").resolve(module.getFileName()));
            order.add(module.getFileName().toString());
        }
        Files.write(root.resolve("modules/order"), order);
        var failure = run(folder, FETCH_MAX, "cd memory && find . | busybox cpio -o -H newc | gzip -1 > ../memory.gz");
        if (failure.isPresent()) {
            throw new IOException(failure.get());
        }
        return folder.resolve("memory.gz");
    }

    private static void executable(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The modules in an order in which they can be loaded. */
    private List<Path> modules() throws Exception {
        Path base;
        try (var versions = Files.list(folder.resolve("kernel/lib/modules"))) {
            base = versions.findFirst().orElseThrow();
        }
        if (!Files.exists(base.resolve("modules.dep"))) {
            var failure = run(folder, FETCH_MAX, "busybox depmod -b \"$PWD/kernel\" " + base.getFileName());
            if (failure.isPresent()) {
                throw new IOException(failure.get());
            }
        }
        Map<String, List<String>> needs = new HashMap<>();
        Map<String, String> files = new HashMap<>();
        for (var line : Files.readAllLines(base.resolve("modules.dep"))) {
            var parts = line.split(":", 2);
            files.put(Path.of(parts[0]).getFileName().toString().replace(".ko", "").replace('-', '_'), parts[0]);
            needs.put(parts[0], parts[1].isBlank() ? List.of() : List.of(parts[1].strip().split("\\s+")));
        }
        Set<String> order = new LinkedHashSet<>();
        for (var module : MODULES) {
            var file = files.get(module);
            if (file != null) { // what this kernel has built in is no file
                add(file, needs, order);
            }
        }
        return order.stream().map(base::resolve).toList();
    }

    private static void add(String file, Map<String, List<String>> needs, Set<String> order) {
        if (!order.contains(file)) {
            needs.getOrDefault(file, List.of()).forEach(needed -> add(needed, needs, order));
            order.add(file);
        }
    }

    private static void delete(Path root) throws IOException {
        if (Files.exists(root)) {
            try (var all = Files.walk(root)) {
                for (var file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
