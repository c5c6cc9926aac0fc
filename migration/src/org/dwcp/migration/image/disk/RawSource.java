// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/** The bytes of a file or block device as they are. What the file system says is a hole is not read; where it says nothing, everything is. */
final class RawSource implements ImageSource {
    private final Path path;
    private final FileChannel file;
    private final long bytes;
    private NativeFile holes;

    RawSource(Path path) throws IOException {
        this.path = path;
        file = FileChannel.open(path, StandardOpenOption.READ);
        try {
            bytes = file.size();
            holes = holes(path);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Null where holes are not told. The path may be one that only Java can name, so a failure to open it is none to read it. */
    private static NativeFile holes(Path path) {
        try {
            return NativeFile.open(path, NativeFile.READ).orElse(null);
        } catch (NativeFile.Failure _) {
            return null;
        }
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Extent data(long from) {
        if (from >= bytes) {
            return new Extent(bytes, bytes);
        }
        if (holes == null) {
            return new Extent(from, bytes);
        }
        try {
            long start = Math.min(bytes, holes.data(from));
            return new Extent(start, start == bytes ? bytes : Math.clamp(holes.hole(start), start + 1, bytes)); // it may be punched just now
        } catch (NativeFile.Failure e) {
            if (e.errno == NativeFile.ENXIO) {
                return new Extent(bytes, bytes);
            }
            holes.close();
            holes = null; // the file system does not tell: EINVAL, mostly
            return new Extent(from, bytes);
        }
    }

    @Override
    public void read(long at, ByteBuffer target) throws IOException {
        for (long next = at; target.hasRemaining();) {
            int read = file.read(target, next);
            if (read < 0) {
                throw new EOFException(path + " ends at " + next + " bytes, it had " + bytes + " before; stop what writes to it");
            }
            next += read;
        }
    }

    @Override
    public Stamp stamp() throws IOException {
        if (BlockDevice.is(path)) {
            file.force(true); // what waits in memory is counted when it is written
            return new Stamp(BlockDevice.number(path) + " of " + file.size(), FileTime.fromMillis(0), BlockDevice.written(path));
        }
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return new Stamp(now.fileKey() + " of " + now.size(), now.lastModifiedTime(), 0);
    }

    @Override
    public void close() throws IOException {
        if (holes != null) {
            holes.close();
        }
        file.close();
    }
}
