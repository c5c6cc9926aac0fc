// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;

/**
 * Walks a file or folder and writes its manifest to disk, entry by entry: only the names of one chain of folders are held. Names are sorted within
 * each folder, so that the same tree gives the same manifest, and with it the same flow id. Symbolic links and special files are refused: to leave
 * them out silently would lose data.
 */
public final class ManifestWriter {
    private final Path root;
    private final DataOutputStream out;
    private final BooleanSupplier stopped;
    private int entries;
    private int files;
    private long bytes;

    private ManifestWriter(Path root, DataOutputStream out, BooleanSupplier stopped) {
        this.root = root;
        this.out = out;
        this.stopped = stopped;
    }

    /**
     * Writes the manifest of a tree.
     *
     * @param name    name at the receiver
     * @param target  file to write
     * @param stopped asked now and then; true ends the walk
     * @throws TransferException of kind REJECTED for what cannot be sent
     */
    public static FilesOffer write(Path root, String name, Path target, BooleanSupplier stopped) throws IOException {
        MessageDigest digest = FlowId.sha256();
        ManifestWriter writer;
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new DigestOutputStream(Files.newOutputStream(target), digest), 64 << 10))) {
            writer = new ManifestWriter(root, out, stopped);
            out.writeInt(Manifest.MAGIC);
            writer.visit(root, "", 0);
        }
        long size = Files.size(target);
        byte[] inline = size <= FilesOffer.INLINE_MAX ? Files.readAllBytes(target) : new byte[0];
        return new FilesOffer(name, writer.entries, writer.files, writer.bytes, size, digest.digest(), inline);
    }

    private void visit(Path path, String relative, int depth) throws IOException {
        if (stopped.getAsBoolean()) {
            throw new TransferException(Kind.RETRY, "the transfer was stopped while its files were listed");
        }
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!relative.isEmpty()) {
            SafeName.check(relative);
        }
        if (++entries > FilesOffer.ENTRIES_MAX) {
            throw new TransferException(Kind.REJECTED, root + " has more than " + FilesOffer.ENTRIES_MAX + " files and folders; send it in parts");
        }
        if (found.isRegularFile()) {
            write(relative, found, Manifest.FILE, Files.isExecutable(path), found.size());
            files++;
            bytes = Math.addExact(bytes, found.size());
        } else if (found.isDirectory()) {
            write(relative, found, Manifest.FOLDER, true, 0);
            for (String name : names(path)) {
                if (depth > 0 || !name.equals(SafeName.PART_FOLDER)) {
                    visit(path.resolve(name), relative.isEmpty() ? name : relative + "/" + name, depth + 1);
                }
            }
        } else {
            throw new TransferException(Kind.REJECTED, path + " is " + (found.isSymbolicLink() ? "a symbolic link" : "no regular file")
                    + ", which is not sent; take it out of the folder");
        }
    }

    private static List<String> names(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            children.forEach(child -> names.add(child.getFileName().toString()));
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }

    private void write(String relative, BasicFileAttributes found, int kind, boolean executable, long size) throws IOException {
        byte[] text = relative.getBytes(StandardCharsets.UTF_8);
        Instant modified = found.lastModifiedTime().toInstant();
        out.writeByte(kind);
        out.writeByte(executable ? 1 : 0);
        out.writeShort(text.length);
        out.writeLong(modified.getEpochSecond());
        out.writeInt(modified.getNano());
        out.writeLong(size);
        out.write(text);
    }
}
