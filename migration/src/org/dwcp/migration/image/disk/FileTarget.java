// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.StoreDisk;

/** A raw file that is written beside its name and gets it at the end. What is zero becomes a hole. */
class FileTarget implements ImageTarget {
    protected final StoreDisk disk;
    protected final Path fresh;
    private final Path target;
    private RandomAccessFile file;

    FileTarget(StoreDisk disk, Path target) {
        this.disk = disk;
        this.target = target;
        fresh = target.resolveSibling(target.getFileName() + ".new");
    }

    @Override
    public boolean keepsOldUntilAppear() {
        return true;
    }

    @Override
    public void begin(long bytes, long dataBytes) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        long free = disk.usableBytes(folder);
        if (dataBytes > free) {
            throw new TransferException(Kind.REJECTED, String.format("the image has %d bytes of data, and %s has %d free; make room", dataBytes, folder, free));
        }
        drop();
        file = new RandomAccessFile(fresh.toFile(), "rw");
        file.setLength(0);
        size(bytes);
    }

    /** Sets the length that the file has at its end. */
    protected void size(long bytes) throws IOException {
        file.setLength(bytes);
    }

    protected FileChannel channel() {
        return file.getChannel();
    }

    @Override
    public void write(long at, ByteBuffer bytes) throws IOException {
        disk.write(fresh, channel(), bytes, at);
    }

    @Override
    public void zero(long at, long bytes) {
        // the file has no bytes there
    }

    @Override
    public void finish() throws IOException {
        disk.sync(fresh, channel());
    }

    @Override
    public void appear() throws IOException {
        file.close();
        disk.rename(fresh, target);
        file = null;
        disk.syncFolder(target.toAbsolutePath().getParent());
    }

    private void drop() throws IOException {
        if (file != null) {
            file.close();
            file = null;
            disk.delete(fresh);
        }
    }

    @Override
    public void close() throws IOException {
        drop();
    }
}
