// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.time.Instant;
import java.util.Objects;

/**
 * One version of an image that a node keeps. Immutable.
 * {@snippet :
 * static String shown(ImageVersion version) {
 *     return version.name() + " " + version.sha256().substring(0, 12);
 * }
 * }
 *
 * @param name   name of the image
 * @param sha256 SHA-256 of its bytes, 64 hexadecimal digits: what {@code sha256sum} says of the file
 * @param bytes  its size, holes included
 * @param chunks chunks of data that it is made of
 * @param kept   when it came
 */
public record ImageVersion(String name, String sha256, long bytes, int chunks, Instant kept) {
    /** Refuses nulls. */
    public ImageVersion {
        Objects.requireNonNull(name);
        Objects.requireNonNull(sha256);
        Objects.requireNonNull(kept);
    }
}
