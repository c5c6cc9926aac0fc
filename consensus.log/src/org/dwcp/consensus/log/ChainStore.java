// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;

/**
 * A group's folder: {@code group} (its first epoch), {@code certificate-N} (the end of epoch N), {@code seal} (the mark), {@code state-N} (what epoch N begins with),
 * {@code epoch-N/} (the provider's). Each file is whole or not there, with a checksum. Used by one thread.
 */
final class ChainStore {
    private static final int MAGIC = 0x4457_4331; // DWC1
    private static final int HEADER_BYTES = 8;
    private final Path folder;

    ChainStore(Path folder) {
        this.folder = folder;
    }

    Optional<byte[]> group() {
        return read("group");
    }

    void saveGroup(byte[] group) {
        write("group", group);
    }

    List<Certificate> certificates() {
        var certificates = new ArrayList<Certificate>();
        for (long epoch = 1; ; epoch++) {
            var bytes = read("certificate-" + epoch);
            if (bytes.isEmpty()) {
                return certificates;
            }
            certificates.add(Certificate.parse(bytes.get()));
        }
    }

    void save(Certificate certificate) {
        write("certificate-" + certificate.statement().epoch(), certificate.bytes());
    }

    Optional<Statement> seal() {
        return read("seal").map(bytes -> Items.read("seal", bytes, Statement::read));
    }

    void save(Statement seal) {
        write("seal", Items.bytes(seal::write));
    }

    Optional<byte[]> state(long epoch) {
        return read("state-" + epoch);
    }

    boolean hasState(long epoch) {
        return Files.exists(folder.resolve("state-" + epoch));
    }

    void saveState(long epoch, byte[] state) {
        write("state-" + epoch, state);
    }

    /** Returns the provider's folder of an epoch. */
    Path epoch(long epoch) {
        try {
            return Files.createDirectories(folder.resolve("epoch-" + epoch));
        } catch (IOException e) {
            throw failed("make the folder of epoch " + epoch, e);
        }
    }

    void delete(long epoch) {
        try {
            Files.deleteIfExists(folder.resolve("state-" + epoch));
            var old = folder.resolve("epoch-" + epoch);
            if (Files.exists(old)) {
                try (var files = Files.walk(old)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (IOException e) {
            throw failed("delete epoch " + epoch, e);
        }
    }

    private Optional<byte[]> read(String name) {
        try {
            Files.deleteIfExists(folder.resolve(name + ".part"));
            var file = folder.resolve(name);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            if (Files.size(file) > 2L * EntryMachine.SNAPSHOT_BYTES_MAX) {
                throw new ConsensusException(Reason.STORAGE, "file " + file + " of " + Files.size(file) + " bytes is too long");
            }
            var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            if (bytes.limit() < HEADER_BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(4) != crc(bytes)) {
                throw new ConsensusException(Reason.STORAGE, "file " + file + " is damaged; delete the group's folder to fetch everything from the other members");
            }
            byte[] body = new byte[bytes.limit() - HEADER_BYTES];
            bytes.get(HEADER_BYTES, body);
            return Optional.of(body);
        } catch (IOException e) {
            throw failed("read " + name, e);
        }
    }

    private void write(String name, byte[] body) {
        try {
            Files.createDirectories(folder);
            var bytes = ByteBuffer.allocate(HEADER_BYTES + body.length).putInt(MAGIC).putInt(0).put(body).flip();
            bytes.putInt(4, crc(bytes));
            var part = folder.resolve(name + ".part");
            try (var channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            throw failed("write " + name, e);
        }
    }

    private ConsensusException failed(String what, IOException e) {
        return new ConsensusException(Reason.STORAGE, "cannot " + what + " in " + folder + ": " + e);
    }

    private static int crc(ByteBuffer file) {
        var crc = new CRC32C();
        crc.update(file.duplicate().position(HEADER_BYTES));
        return (int) crc.getValue();
    }
}
