// SPDX-License-Identifier: Apache-2.0
package org.apache.ratis.util;

import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a file at once, when all of the new one is on the disk. In the place of the library's class of this name, which replaces it also after a write that failed: a full
 * disk cost a member its term and its vote, and the member its place in the group. Used by one thread.
 */
public final class AtomicFileOutputStream extends FilterOutputStream {
    /** Ends the names of files that are being written. */
    public static final String TMP_EXTENSION = ".tmp";
    private static final Logger LOG = LoggerFactory.getLogger(AtomicFileOutputStream.class);

    private final File file;
    private final File temporary;
    private final AtomicBoolean closed = new AtomicBoolean();
    private Exception failure;

    /** Writes to a temporary file beside the one that is to be replaced. */
    public AtomicFileOutputStream(File file) throws IOException {
        this(file, getTemporaryFile(file));
    }

    /** Writes to a temporary file in the same file system. */
    public AtomicFileOutputStream(File file, File temporary) throws IOException {
        super(FileUtils.newOutputStreamForceAtClose(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE));
        this.file = file.getAbsoluteFile();
        this.temporary = temporary.getAbsoluteFile();
    }

    /** Gives the temporary file of a file. */
    public static File getTemporaryFile(File file) {
        return new File(file.getParentFile(), file.getName() + TMP_EXTENSION);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException | RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    /** True after {@link #close} and {@link #abort}. */
    public boolean isClosed() {
        return closed.get();
    }

    /**
     * Replaces the file. Works twice.
     *
     * @throws IOException when it stays as it was, because something could not be written
     */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            super.close();
            if (failure != null) {
                throw new IOException(file + " stays as it was: " + failure.getMessage(), failure);
            }
            FileUtils.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            try {
                FileUtils.deleteIfExists(temporary);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /** Lets the file be as it was. */
    public void abort() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            try {
                out.close();
            } finally {
                FileUtils.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            LOG.warn("{} is left behind: {}", temporary, e.toString());
        }
    }
}
