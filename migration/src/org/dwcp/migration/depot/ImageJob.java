// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;

import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageStatus.Action;
import org.dwcp.api.image.Images.Existing;
import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.image.ImageName;

/**
 * An order, as it stands on disk until it is done. Its id follows from what is ordered, so that the same order given twice is one.
 *
 * @param action   PUSH, PULL or VERIFY; 
 * @param peer     the other end
 * @param local    source of a PUSH, target of a PULL, absolute; empty path of a VERIFY
 * @param name     name of the image
 * @param format   how the image lies at source or target
 * @param existing what becomes of a target that is there
 * @param patience how long to go on while the peer cannot be reached
 */
record ImageJob(Action action, NodeId peer, Path local, String name, Format format, Existing existing, Duration patience) {
    /** 12 hexadecimal digits. */
    String id() {
        MessageDigest digest = ChunkId.sha256();
        for (String text : new String[] {action.name(), peer.value(), local.toString(), name, format == Format.AUTO ? "" : format.name()}) {
            if (text.isEmpty()) {
                continue; // orders that say no format keep the id they always had
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), 6));
    }

    /** True when it stands on disk until it is over. A device may be another one after a restart, so nothing goes on writing to it by itself. */
    boolean isKept() {
        return action != Action.VERIFY && existing != Existing.OVERWRITE;
    }

    /** Writes it into its file. */
    void save(Path file) throws IOException {
        Properties fields = new Properties();
        fields.setProperty("action", action.name());
        fields.setProperty("peer", peer.value());
        fields.setProperty("local", local.toString());
        fields.setProperty("name", name);
        fields.setProperty("format", format.name());
        fields.setProperty("existing", existing.name());
        fields.setProperty("patience.ms", Long.toString(patience.toMillis()));
        StringWriter text = new StringWriter();
        fields.store(text, null);
        Trees.replace(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Reads it from its file. */
    static ImageJob load(Path file) throws IOException {
        Properties fields = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            fields.load(in);
            return new ImageJob(Action.valueOf(fields.getProperty("action")), NodeId.of(fields.getProperty("peer")), Path.of(fields.getProperty("local")),
                    ImageName.check(fields.getProperty("name")), Format.valueOf(fields.getProperty("format", Format.AUTO.name())), Existing.valueOf(fields.getProperty("existing")),
                    Duration.ofMillis(Long.parseLong(fields.getProperty("patience.ms"))));
        } catch (RuntimeException e) {
            throw new IOException("order in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
