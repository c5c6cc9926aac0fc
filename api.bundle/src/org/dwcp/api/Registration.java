// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

/**
 * Something that was registered and can be taken back. Closing twice is fine; thread-safe.
 * {@snippet :
 * Registration none = () -> { };
 * none.close();
 * }
 */
@FunctionalInterface
public interface Registration extends AutoCloseable {
    /** Takes the registration back; returns when no new callback will start. */
    @Override
    void close();
}
