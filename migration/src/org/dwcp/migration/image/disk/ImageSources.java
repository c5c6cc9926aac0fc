// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.Images.Format;
import org.dwcp.api.transfer.TransferException;

/** Opens what images are read from. No state. */
public final class ImageSources {
    private ImageSources() {
    }

    /**
     * Opens a file or block device. Whoever writes into a raw disk can make it begin like a qcow2 file; so nothing is taken for one by its first bytes
     * alone: name and bytes must say the same, or the caller says it.
     *
     * @throws TransferException of kind REJECTED when it is neither, or is a qcow2 file that cannot be read as a whole image
     */
    public static ImageSource open(Path path, Format format) throws IOException {
        if (!Files.isRegularFile(path) && !BlockDevice.is(path)) {
            throw new TransferException(Kind.REJECTED, path + (Files.exists(path) ? " is neither a file nor a block device" : " is not there any more"));
        }
        ImageSource raw = new RawSource(path);
        try {
            return isQcow2(raw, path, format) ? new Qcow2Source(raw, path.toString()) : raw;
        } catch (IOException | RuntimeException | Error e) {
            raw.close();
            throw e;
        }
    }

    /** True when a name says that a file is a qcow2 image. */
    public static boolean isNamedQcow2(Path path) {
        return path.toString().toLowerCase(Locale.ROOT).endsWith(".qcow2");
    }

    private static boolean isQcow2(ImageSource raw, Path path, Format format) throws IOException {
        if (format != Format.AUTO) {
            return format == Format.QCOW2;
        }
        boolean named = isNamedQcow2(path);
        boolean begins = false;
        if (raw.bytes() >= Integer.BYTES) {
            ByteBuffer first = ByteBuffer.allocate(Integer.BYTES);
            raw.read(0, first);
            begins = first.getInt(0) == Qcow2Header.MAGIC;
        }
        if (named && !begins) {
            throw new TransferException(Kind.REJECTED, path + " is named like a qcow2 image and does not begin like one; say --format raw to take its bytes "
                    + "as they are");
        }
        if (begins && !named) {
            throw new TransferException(Kind.REJECTED, path + " begins like a qcow2 image and is not named so; say --format qcow2 to take the disk in it, or "
                    + "--format raw to take its bytes as they are");
        }
        return named;
    }
}
