// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;

/** Bytes of a pack, an index or a recipe are not what they should be: damage, a forgery, or another version. */
public final class BadPackException extends IOException {
    private static final long serialVersionUID = 1L;

    public BadPackException(String message) {
        super(message);
    }
}
