// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

/** Something the person at the keyboard has to mend; shown without a stack trace. */
final class BuildException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BuildException(String message) {
        super(message);
    }
}
