// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Disk images as versions. A node keeps chunks that it has once, whatever number of versions they are in; only those that the receiver lacks travel.
 * What is zero in an image is a hole of the file that a pull writes. Work survives a swap of transport, a broken lane and a restart of either end; a
 * version counts, and a file appears, only when its SHA-256 was found right. Thread-safe.
 * {@snippet :
 * static ImageStatus keep(Images images, java.nio.file.Path file) {
 *     ImageTask push = images.push(file, Images.Format.AUTO, org.dwcp.api.NodeId.of("lisbon"), "debian", java.time.Duration.ofMinutes(2));
 *     return push.await(java.time.Duration.ofMinutes(5));
 * }
 * }
 */
@ProviderType
public interface Images {
    /** Most bytes of a name. Source: a file's name has 255, less what is added to it. */
    int NAME_BYTES_MAX = 200;

    /** What becomes of a file that is there already. */
    enum Existing {
        /** It stays, and the pull is refused. */
        REFUSE,
        /** It is replaced in one step when the image is whole. */
        REPLACE,
        /** It is a block device, and all that it holds where the image comes is lost. Such an order does not go on after a restart. */
        OVERWRITE
    }

    /** How an image lies in a file. A version is the disk as a guest sees it, whatever it came from. */
    enum Format {
        /** With a push: qcow2 when name and first bytes say so, raw when neither does. With a pull: raw, unless the target is named as qcow2, which is refused. */
        AUTO,
        /** The bytes of the file or block device are those of the disk. */
        RAW,
        /** A qcow2 file of version 2 or 3 that needs no other file and is not encrypted. */
        QCOW2
    }

    /**
     * Makes a file or block device a version at a peer. The same order given while it runs is the same task.
     *
     * @param image    what nobody writes to meanwhile
     * @param format   how the image lies in it
     * @param peer     who keeps it
     * @param name     its name there, without {@code /}; empty text takes the file's
     * @param patience how long to go on while the peer cannot be reached, 0 to 7 days
     * @return the running task
     * @throws org.dwcp.api.DwcpException of kind REJECTED when file or peer does not exist, the format is another, or the name is none
     */
    ImageTask push(Path image, Format format, NodeId peer, String name, Duration patience);

    /**
     * Writes the newest version of an image that a peer keeps into a file. This node keeps the version too.
     *
     * @param peer     who has it
     * @param name     its name
     * @param target   the file; an existing folder gets it under its name; or a block device
     * @param format   how it is written; a block device is raw
     * @param existing what becomes of a file that is there
     * @param patience how long to go on while the peer cannot be reached, 0 to 7 days
     * @return the running task
     * @throws org.dwcp.api.DwcpException of kind REJECTED when the target cannot be written, the peer is unknown or the name is none
     */
    ImageTask pull(NodeId peer, String name, Path target, Format format, Existing existing, Duration patience);

    /**
     * Reads all versions of an image from the disk of the node that keeps them, and compares their hashes.
     *
     * @param node a peer, or this node
     * @param name the image
     * @return the running task; it fails when a version is damaged, and says which
     */
    ImageTask verify(NodeId node, String name);

    /**
     * Lists what a node keeps.
     *
     * @param node a peer, or this node
     * @return by name, newest first
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE or RETRY when the peer does not answer
     */
    List<ImageVersion> list(NodeId node);

    /**
     * Removes versions from this node and frees their chunks.
     *
     * @param name   the image
     * @param sha256 the first digits of one version's hash, at least 6; empty text means all versions
     * @return versions removed
     * @throws org.dwcp.api.DwcpException of kind REJECTED when there is no such version, more than one, or one in use
     */
    int remove(String name, String sha256);
}
