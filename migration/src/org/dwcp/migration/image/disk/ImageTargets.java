// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.file.Path;

import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.chunk.StoreDisk;

/** Opens what images are written to. No state. */
public final class ImageTargets {
    private ImageTargets() {
    }

    /** A file that is replaced in one step when it is there: qcow2 when that is said, else raw. */
    public static ImageTarget file(StoreDisk disk, Path path, Format format) {
        return format == Format.QCOW2 ? new Qcow2Target(disk, path) : new FileTarget(disk, path);
    }

    /**
     * A block device that nobody else uses. All that it holds where the image comes is lost.
     *
     * @throws org.dwcp.api.transfer.TransferException of kind REJECTED when it is in use or cannot be written
     */
    public static ImageTarget device(Path device) throws IOException {
        return new DeviceTarget(device);
    }

    /** Refuses an image that a device has no room for. */
    public static void requireRoom(Path device, long bytes) throws IOException {
        DeviceTarget.requireRoom(device, bytes, BlockDevice.bytes(device));
    }
}
