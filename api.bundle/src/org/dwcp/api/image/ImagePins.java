// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Says of versions that they are to stay: the templates and baselines that others are sent against. A pin counts at all nodes, whether they keep the version or not: where
 * it is kept it makes no room for newer ones and cannot be removed. Any node may pin and unpin at any time, without asking the others; what is said of one version at two
 * nodes that do not hear each other is settled when they do, the same way everywhere: the later word counts. Thread-safe.
 * {@snippet :
 * static void keep(ImagePins pins, ImageVersion template) {
 *     pins.pin(template.name(), template.sha256(), "template of the build machines");
 * }
 * }
 */
@ProviderType
public interface ImagePins {
    /** Most bytes of a note in UTF-8. Source: chosen. */
    int NOTE_BYTES_MAX = 100;
    /** Most versions that the last word of one node may be about, taken-back pins of the last 30 days included. Source: they fill one gossip value at their longest names. */
    int OWN_MAX = 32;

    /**
     * Lists what is pinned, as far as it is known here.
     *
     * @return by name and version
     */
    List<ImagePin> list();

    /**
     * Pins a version, or gives its pin another note.
     *
     * @param name   the image
     * @param sha256 the version, 64 hexadecimal digits in lower case, or the first of them, at least 6, of one that this node keeps or that is pinned
     * @param note   why, at most {@link #NOTE_BYTES_MAX} bytes in UTF-8, without control characters
     * @return the pin; it is on this node's disk
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a wrong argument, or one more than {@link #OWN_MAX}
     */
    ImagePin pin(String name, String sha256, String note);

    /**
     * Takes a pin back, whoever made it.
     *
     * @param name   the image
     * @param sha256 the pinned version, or the first digits of it, at least 6
     * @return false when it is not pinned
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a wrong argument, or one more than {@link #OWN_MAX}
     */
    boolean unpin(String name, String sha256);
}
