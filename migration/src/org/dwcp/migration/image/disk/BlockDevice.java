// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/** What Linux tells about a block device. No state. */
public final class BlockDevice {
    /** Source: inode(7). */
    private static final int TYPE = 0170000;
    private static final int BLOCK = 0060000;
    /** Fields of a device's counters that say how many sectors were written, and how many discarded. Source: Documentation/block/stat.rst of Linux. */
    private static final int SECTORS_WRITTEN = 6;
    private static final int SECTORS_DISCARDED = 13;

    private BlockDevice() {
    }

    /** True when the path leads to one. */
    public static boolean is(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix") && Files.exists(path)
                && ((int) Files.getAttribute(path, "unix:mode") & TYPE) == BLOCK;
    }

    /** Bytes that it has room for. */
    public static long bytes(Path device) throws IOException {
        try (FileChannel open = FileChannel.open(device, StandardOpenOption.READ)) {
            return open.size();
        }
    }

    /** Its major and minor number, as {@code 7:0}. */
    static String number(Path device) throws IOException {
        long number = (long) Files.getAttribute(device, "unix:rdev"); // as makedev(3) puts it together
        return (number >>> 8 & 0xfff | number >>> 32 & ~0xfffL) + ":" + (number & 0xff | number >>> 12 & ~0xffL);
    }

    /** Sectors that were written or discarded since it came up. */
    static long written(Path device) throws IOException {
        Path counters = Path.of("/sys/dev/block", number(device), "stat");
        try {
            String[] fields = Files.readString(counters).strip().split("\\s+");
            return Long.parseLong(fields[SECTORS_WRITTEN]) + (fields.length > SECTORS_DISCARDED ? Long.parseLong(fields[SECTORS_DISCARDED]) : 0);
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new TransferException(Kind.REJECTED, device + " cannot be watched for changes, " + counters + " does not tell what was written: " + e
                    + "; copy it into a file and push that", e);
        }
    }
}
