// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.orchestrator.config.AtomicFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code flags.json} on disk, with a copy of the last good content elsewhere. Tells whether the file has changed by time, size and inode, so
 * that a look costs one system call. Not thread-safe: {@link StoredFlags} has the lock.
 *
 * <p>Invariant: content that was refused is never overwritten; the first write after a refusal moves it to {@code flags.json.refused}.
 */
final class FlagFile {
    /** Largest file, in bytes. Source: chosen; 256 pins and rollouts of the longest names fit ten times. */
    static final int BYTES_MAX = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(FlagFile.class);

    private record Signature(long modifiedNs, long size, Object inode) {
        static final Signature NONE = new Signature(0, -1, "none");
    }

    private final Path file;
    private final Path lastGood;
    private Signature seen;
    private boolean refused;

    /**
     * Looks at no file yet.
     *
     * @param file     what people edit
     * @param lastGood copy of the last content that was in force
     */
    FlagFile(Path file, Path lastGood) {
        this.file = file;
        this.lastGood = lastGood;
    }

    Path path() {
        return file;
    }

    /** Tells whether the file is another one than at the last load or save. */
    boolean changed() {
        return !signature().equals(seen);
    }

    /**
     * Reads the file.
     *
     * @return the flags, or empty when there is no file
     * @throws DwcpException of kind REJECTED when it is refused, naming the file; RETRY when the thread was interrupted
     */
    Optional<FlagState> load() {
        seen = signature(); // before reading: a change while we read shows as a change at the next look
        try {
            FlagState state = FlagJson.read(text(file));
            refused = false;
            keepCopy(state);
            return Optional.of(state);
        } catch (NoSuchFileException e) {
            refused = false;
            return Optional.empty();
        } catch (ClosedByInterruptException e) {
            seen = null; // nothing was seen
            throw new DwcpException(DwcpException.Kind.RETRY, "reading " + file + " was interrupted");
        } catch (IOException e) {
            refused = true;
            throw new DwcpException(DwcpException.Kind.REJECTED, file + " cannot be read: " + e.getMessage());
        } catch (DwcpException e) {
            refused = true;
            throw new DwcpException(DwcpException.Kind.REJECTED, file + ": " + e.getMessage());
        }
    }

    /** Reads the copy of the last good content, for a start with a file that is refused. */
    Optional<FlagState> loadLastGood() {
        try {
            return Optional.of(FlagJson.read(text(lastGood)));
        } catch (IOException | DwcpException e) {
            LOG.warn("flags copy unreadable path={} problem=\"{}\"", lastGood, e.toString());
            return Optional.empty();
        }
    }

    /** Replaces the file; what was refused is copied aside first. */
    void save(FlagState state) throws IOException {
        if (refused) {
            Path aside = file.resolveSibling(file.getFileName() + ".refused");
            Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("flags refused-copy path={}", aside);
        }
        AtomicFile.write(file, FlagJson.write(state).getBytes(StandardCharsets.UTF_8));
        refused = false;
        seen = signature();
        keepCopy(state);
    }

    private void keepCopy(FlagState state) {
        try {
            AtomicFile.write(lastGood, FlagJson.write(state).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) { // the copy is a second line: without it a start with a refused file uses the defaults
            LOG.warn("flags copy failed path={} problem=\"{}\"", lastGood, e.toString());
        }
    }

    private static String text(Path path) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        }
        Check.argument(bytes.length <= BYTES_MAX, "longer than %d bytes", BYTES_MAX);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "not UTF-8 text");
        }
    }

    private Signature signature() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Signature(attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS), attributes.size(),
                    Objects.requireNonNullElse(attributes.fileKey(), ""));
        } catch (IOException e) { // not there, or its folder cannot be read: both are "no file" here, load() says which
            return Signature.NONE;
        }
    }
}
