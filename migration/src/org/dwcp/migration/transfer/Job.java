// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferStatus.Direction;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.flow.FlowId;

/**
 * An order for a transfer, as it stands on disk until it is done. Its id follows from what is ordered, so that the same order given twice is one.
 *
 * @param direction SEND or FETCH
 * @param peer      the other end
 * @param local     source of a SEND, final path of a FETCH; absolute
 * @param name      name at the receiver of a SEND, in the peer's inbox of a FETCH
 * @param patience  how long to go on while the peer cannot be reached
 * @param bytesPerSecondMax limit of the rate, 0 for none
 */
record Job(Direction direction, NodeId peer, Path local, String name, Duration patience, long bytesPerSecondMax) {
    private static final String FILE = "job";

    /** 12 hexadecimal digits. */
    String id() {
        return shortHash(direction.name(), peer.value(), local.toString(), name);
    }

    /** A short hash of some texts. */
    static String shortHash(String... texts) {
        return HexFormat.of().formatHex(Arrays.copyOf(hash(texts), 6));
    }

    /** SHA-256 over texts; lengths keep them apart. */
    static byte[] hash(String... texts) {
        var digest = FlowId.sha256();
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return digest.digest();
    }

    /** Writes it into its folder. */
    void save(Path folder) throws IOException {
        Files.createDirectories(folder);
        Properties fields = new Properties();
        fields.setProperty("direction", direction.name());
        fields.setProperty("peer", peer.value());
        fields.setProperty("local", local.toString());
        fields.setProperty("name", name);
        fields.setProperty("patience.ms", Long.toString(patience.toMillis()));
        fields.setProperty("bytes.per.second.max", Long.toString(bytesPerSecondMax));
        StringWriter text = new StringWriter();
        fields.store(text, null);
        Trees.replace(folder.resolve(FILE), text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Reads it from its folder. */
    static Job load(Path folder) throws IOException {
        Properties fields = new Properties();
        try (Reader in = Files.newBufferedReader(folder.resolve(FILE))) {
            fields.load(in);
            return new Job(Direction.valueOf(fields.getProperty("direction")), NodeId.of(fields.getProperty("peer")),
                    Path.of(fields.getProperty("local")), fields.getProperty("name"),
                    Duration.ofMillis(Long.parseLong(fields.getProperty("patience.ms"))),
                    Long.parseLong(fields.getProperty("bytes.per.second.max", "0")));
        } catch (RuntimeException e) {
            throw new IOException("order in " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }
}
