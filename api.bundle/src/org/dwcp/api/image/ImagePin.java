// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.image;

import java.time.Instant;
import java.util.Objects;

import org.dwcp.api.NodeId;

/**
 * A version of an image that every node keeps for as long as it is pinned. Immutable.
 * {@snippet :
 * static String shown(ImagePin pin) {
 *     return pin.name() + " " + pin.sha256().substring(0, 12) + " by " + pin.by() + ": " + pin.note();
 * }
 * }
 *
 * @param name   name of the image
 * @param sha256 SHA-256 of the version, 64 hexadecimal digits
 * @param note   why, for people; may be empty
 * @param by     the node at which it was pinned last
 * @param at     when, by that node's clock
 */
public record ImagePin(String name, String sha256, String note, NodeId by, Instant at) {
    /** Refuses nulls. */
    public ImagePin {
        Objects.requireNonNull(name);
        Objects.requireNonNull(sha256);
        Objects.requireNonNull(note);
        Objects.requireNonNull(by);
        Objects.requireNonNull(at);
    }
}
