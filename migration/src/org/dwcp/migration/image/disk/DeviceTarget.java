// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/**
 * A block device that is overwritten from its begin; what lies behind the image stays. From the first moment to the last nobody else can mount it. It never
 * grows. Zeros are given back to the device where it takes that, else written: what was there before must not be seen.
 */
final class DeviceTarget implements ImageTarget {
    private static final int BLOCK = 4096;
    private static final int ZEROS = 1 << 20;

    private final Path device;
    private final NativeFile alone;
    private final FileChannel file;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);
    private boolean gives = true;

    /**
     * Takes hold of it.
     *
     * @throws TransferException of kind REJECTED when somebody else uses it
     */
    DeviceTarget(Path device) throws IOException {
        this.device = device;
        try {
            alone = NativeFile.open(device, NativeFile.WRITE_ALONE).orElseThrow(() -> new TransferException(Kind.REJECTED,
                    "this node cannot tell whether " + device + " is in use; pull into a file"));
        } catch (NativeFile.Failure e) {
            throw new TransferException(Kind.REJECTED, device + (e.errno == NativeFile.EBUSY
                    ? " is in use: it is mounted, or part of another device; unmount it first" : " cannot be written: " + e.getMessage()), e);
        }
        try {
            file = FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException | RuntimeException | Error e) {
            alone.close();
            throw e;
        }
    }

    @Override
    public boolean keepsOldUntilAppear() {
        return false;
    }

    @Override
    public void begin(long bytes, long dataBytes) throws IOException {
        requireRoom(device, bytes, file.size());
    }

    /** Refuses an image that is larger than a device. */
    static void requireRoom(Path device, long bytes, long room) {
        if (bytes > room) {
            throw new TransferException(Kind.REJECTED, String.format("the image has %d bytes, and %s has %d; name a larger device", bytes, device, room));
        }
    }

    @Override
    public void write(long at, ByteBuffer bytes) throws IOException {
        for (long next = at; bytes.hasRemaining();) {
            next += file.write(bytes, next);
        }
    }

    @Override
    public void zero(long at, long bytes) throws IOException {
        long whole = at % BLOCK == 0 ? bytes / BLOCK * BLOCK : 0;
        gives = gives && (whole == 0 || alone.zero(at, whole));
        for (long next = gives ? at + whole : at; next < at + bytes;) {
            zeros.clear().limit((int) Math.min(ZEROS, at + bytes - next));
            next += file.write(zeros, next);
        }
    }

    @Override
    public void finish() throws IOException {
        file.force(true);
    }

    @Override
    public void appear() {
        // a device has its name
    }

    @Override
    public void close() throws IOException {
        alone.close();
        file.close();
    }
}
