// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.util.Objects;

/**
 * The one family of exceptions that crosses the API. Its kind tells a caller what to do without reading the message.
 * A provider never lets a class of its own bundle escape as the exception or its cause: a caller that keeps it would pin the bundle.
 * {@snippet :
 * try {
 *     throw new DwcpException(DwcpException.Kind.RETRY, "queue of peer b is full (64 frames); try again");
 * } catch (DwcpException e) {
 *     boolean again = e.kind() == DwcpException.Kind.RETRY;
 * }
 * }
 */
public class DwcpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What a caller can do about a failure. */
    public enum Kind {
        /** Nothing is wrong with the request: try it again later. Does not count against the provider. */
        RETRY,
        /** The request is wrong or not allowed; repeating it will not help. Does not count against the provider. */
        REJECTED,
        /** No provider, no peer, no quorum, or the way to it broke. Counts against the provider. */
        UNAVAILABLE,
        /** An invariant of ours does not hold. Counts against the provider, which leaves the rotation. */
        BROKEN
    }

    /** What the caller can do. */
    private final Kind kind;

    /**
     * Makes an exception.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     */
    public DwcpException(Kind kind, String message) {
        super(message);
        this.kind = Objects.requireNonNull(kind);
    }

    /**
     * Makes an exception with a cause from the JDK or this API.
     *
     * @param kind    what the caller can do
     * @param message what failed, the value, the limit, what to do
     * @param cause   a JDK or API exception, never one of the provider's own bundle or libraries
     */
    public DwcpException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
    }

    /**
     * Tells what the caller can do.
     *
     * @return the kind
     */
    public final Kind kind() {
        return kind;
    }
}
