// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.util.regex.Pattern;

/**
 * A place for a part: a name and the service interface that its providers implement. Each slot interface has its own as a constant.
 * {@snippet :
 * Slot<org.dwcp.api.encoding.Encoding> slot = org.dwcp.api.encoding.Encoding.SLOT;
 * String name = slot.name(); // "encoding"
 * }
 *
 * @param name 1 to 32 characters of {@code a-z 0-9 .}, the value of {@link Swappable#SLOT_NAME} at its providers
 * @param type the slot's interface
 * @param <T>  the slot's interface
 */
public record Slot<T>(String name, Class<T> type) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9.]{0,31}");

    /**
     * Checks the name.
     *
     * @throws DwcpException of kind REJECTED for a name out of bounds or a type that is missing
     */
    public Slot {
        Check.argument(name != null && NAME.matcher(name).matches(),
                "slot name '%s' is not 1 to 32 characters of a-z, 0-9 and '.', beginning with a letter", name);
        Check.argument(type != null, "slot %s has no type; give its interface", name);
    }

    @Override
    public String toString() {
        return name;
    }
}
