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
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.file.Trees;

/**
 * An order, as it stands on disk until it is done. Its id follows from what is ordered, so that the same order given twice is one.
 *
 * @param action   PUSH, PULL or VERIFY; the last is not kept on disk
 * @param peer     the other end
 * @param local    source of a PUSH, target of a PULL, absolute; empty path of a VERIFY
 * @param name     name of the image
 * @param existing what becomes of a target that is there
 * @param patience how long to go on while the peer cannot be reached
 */
record ImageJob(Action action, NodeId peer, Path local, String name, Existing existing, Duration patience) {
    /** 12 hexadecimal digits. */
    String id() {
        MessageDigest digest = ChunkId.sha256();
        for (String text : new String[] {action.name(), peer.value(), local.toString(), name}) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), 6));
    }

    /** Writes it into its file. */
    void save(Path file) throws IOException {
        Properties fields = new Properties();
        fields.setProperty("action", action.name());
        fields.setProperty("peer", peer.value());
        fields.setProperty("local", local.toString());
        fields.setProperty("name", name);
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
                    ImageName.check(fields.getProperty("name")), Existing.valueOf(fields.getProperty("existing")),
                    Duration.ofMillis(Long.parseLong(fields.getProperty("patience.ms"))));
        } catch (RuntimeException e) {
            throw new IOException("order in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
