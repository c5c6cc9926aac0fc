// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * What a guest under test is made of: QEMU, Debian's kernel, and a first file system with nothing but a program. QEMU is that of the property {@code dwcp.qemu},
 * of {@code qemu} in the folder, or of the path; it has to be 10 or newer, because version 7.2 loses what a guest writes while it emulates and migrates. It
 * needs no rights; what is fetched stays in the folder.
 */
public final class GuestLab {
    /** The packages that it needs, for who installs them. */
    public static final String PACKAGES = "qemu-system-x86 (10 or newer) gcc libc6-dev";
    private static final int QEMU_MIN = 10;
    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.");
    private static final Duration FETCH_MAX = Duration.ofMinutes(3);
    private static final String QEMU = "qemu-system-x86_64";

    private final Path folder;

    /**
     * Prepares nothing yet.
     *
     * @param folder keeps what is fetched and made
     */
    public GuestLab(Path folder) {
        this.folder = folder;
    }

    /**
     * Gets everything that is not there yet.
     *
     * @return what is missing, in words for a person; empty when nothing is
     */
    public Optional<String> prepare() {
        if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
            return Optional.of("the guest is made for Linux on x86-64");
        }
        try {
            Files.createDirectories(folder);
            var version = run(List.of(qemu().toString(), "--version"));
            var found = VERSION.matcher(version.output());
            if (version.status() != 0 || !found.find()) {
                return Optional.of("no " + QEMU + " is installed; install " + PACKAGES);
            }
            if (Integer.parseInt(found.group(1)) < QEMU_MIN) {
                return Optional.of(qemu() + " is version " + found.group(1) + ", which loses what a guest writes while it migrates; " + QEMU_MIN
                        + " or newer is needed, in " + folder.resolve("qemu") + " or named by -Ddwcp.qemu");
            }
            return kernel().or(this::memory);
        } catch (IOException e) {
            return Optional.of("the guest cannot be made: " + e.getMessage());
        }
    }

    private Path qemu() {
        var named = System.getProperty("dwcp.qemu", "");
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        var own = folder.resolve("qemu/usr/bin").resolve(QEMU);
        return Files.isExecutable(own) ? own : Path.of("/usr/bin").resolve(QEMU);
    }

    /** A QEMU that was unpacked and not installed finds its files beside it. */
    private List<String> program() {
        var program = qemu().toAbsolutePath();
        var share = program.getParent().resolveSibling("share");
        var words = new ArrayList<>(List.of(program.toString()));
        if (!program.startsWith("/usr/bin")) {
            words.addAll(List.of("-L", share.resolve("qemu").toString(), "-L", share.resolve("seabios").toString()));
        }
        return words;
    }

    private Optional<String> kernel() {
        if (Files.exists(folder.resolve("vmlinuz"))) {
            return Optional.empty();
        }
        try {
            var part = Files.createDirectories(folder.resolve("part"));
            var fetched = run(List.of("/bin/bash", "-c", "cd '" + part.toAbsolutePath() + "' && package=$(apt-cache depends linux-image-amd64 | "
                    + "sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1) && apt-get download -q \"$package\" && dpkg-deb -x linux-image-*.deb . && mv boot/vmlinuz-* vmlinuz"));
            if (fetched.status() != 0) {
                return Optional.of("Debian's kernel cannot be fetched: " + fetched.output().strip());
            }
            Files.move(part.resolve("vmlinuz"), folder.resolve("vmlinuz"), StandardCopyOption.ATOMIC_MOVE);
            run(List.of("rm", "-r", part.toString()));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("Debian's kernel cannot be fetched: " + e.getMessage());
        }
    }

    /** Compiles the guest's program and packs it. */
    private Optional<String> memory() {
        try (var in = GuestLab.class.getResourceAsStream("guest.c")) {
            var source = in.readAllBytes();
            var image = image(source);
            if (Files.exists(image)) {
                return Optional.empty();
            }
            var code = folder.resolve("guest.c");
            Files.write(code, source);
            var made = run(List.of("cc", "-O2", "-static", "-o", folder.resolve("guest").toString(), code.toString()));
            if (made.status() != 0) {
                return Optional.of("the guest's program cannot be compiled; install gcc and libc6-dev: " + made.output().strip());
            }
            var part = folder.resolve("memory.part");
            Files.write(part, archive(Files.readAllBytes(folder.resolve("guest"))));
            Files.move(part, image, StandardCopyOption.ATOMIC_MOVE);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("the guest's file system cannot be made: " + e.getMessage());
        }
    }

    private Path image(byte[] source) {
        return folder.resolve("memory-" + Integer.toHexString(java.util.Arrays.hashCode(source)) + ".cpio");
    }

    /** One program as the archive that a kernel takes for its first file system. Source: Linux, early-userspace buffer format, "newc". */
    private static byte[] archive(byte[] program) {
        var out = new ByteArrayOutputStream();
        entry(out, "dev", 0x41ed, new byte[0]);
        entry(out, "init", 0x81ed, program);
        entry(out, "TRAILER!!!", 0, new byte[0]);
        return out.toByteArray();
    }

    private static void entry(ByteArrayOutputStream out, String name, int mode, byte[] content) {
        int[] fields = {out.size(), mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
        var head = new StringBuilder("070701");
        for (int field : fields) {
            head.append(String.format("%08x", field));
        }
        out.writeBytes(head.append(name).append('\0').toString().getBytes(StandardCharsets.US_ASCII));
        pad(out);
        out.writeBytes(content);
        pad(out);
    }

    private static void pad(ByteArrayOutputStream out) {
        while (out.size() % 4 != 0) {
            out.write(0);
        }
    }

    /**
     * Gives the command line of a guest's QEMU.
     *
     * @param megabytes its memory
     * @param load      words for its program, such as {@code fill=100 rate=20 kind=counter}
     * @param serial    gets what it says
     * @param qmp       where QEMU listens
     * @return program and arguments, none with a blank but that of the kernel's words
     */
    public List<String> command(int megabytes, String load, Path serial, Path qmp) {
        try (var in = GuestLab.class.getResourceAsStream("guest.c")) {
            var words = new ArrayList<>(program());
            words.addAll(List.of("-accel", "tcg,thread=multi", "-M", "q35", "-cpu", "max", "-smp", "1", "-m", String.valueOf(megabytes), "-display", "none", "-nic", "none",
                    "-nodefaults", "-no-reboot", "-kernel", folder.resolve("vmlinuz").toAbsolutePath().toString(), "-initrd", image(in.readAllBytes()).toAbsolutePath().toString(),
                    "-append", "console=ttyS0 quiet panic=-1 mitigations=off " + load, "-serial", "file:" + serial, "-qmp", "unix:" + qmp + ",server=on,wait=off"));
            return words;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same as a guest's description. */
    public String description(int megabytes, String load, Path serial, Path qmp) {
        var text = new StringBuilder("# a guest under test\n");
        for (var word : command(megabytes, load, serial, qmp)) {
            text.append(word.contains(" ") ? '"' + word + '"' : word).append('\n');
        }
        return text.toString();
    }

    /** Ends every process that has a text among its arguments, such as the folder of a guest's socket. */
    public static void kill(String text) {
        ProcessHandle.allProcesses().filter(process -> process.info().arguments().stream().flatMap(java.util.Arrays::stream).anyMatch(word -> word.contains(text)))
                .filter(process -> process.info().command().filter(command -> command.contains("qemu")).isPresent()).forEach(ProcessHandle::destroyForcibly);
    }

    private record Ended(int status, String output) {
    }

    private static Ended run(List<String> words) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(words).redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile()).start();
        } catch (IOException e) {
            return new Ended(127, e.getMessage());
        }
        try (var out = process.getInputStream()) {
            var said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(FETCH_MAX.toSeconds(), TimeUnit.SECONDS) ? new Ended(process.exitValue(), said) : new Ended(1, "not done within " + FETCH_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended(1, "interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}
