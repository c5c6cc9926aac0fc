// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.qmp;

import org.dwcp.api.DwcpException;

/**
 * A command that QEMU did not do. Of kind REJECTED when it said no, RETRY when it did not answer in time, UNAVAILABLE when it is not there (any more), BROKEN when it
 * does not speak its protocol.
 */
public final class QmpException extends DwcpException {
    private static final long serialVersionUID = 1L;

    QmpException(Kind kind, String message) {
        super(kind, message);
    }
}
