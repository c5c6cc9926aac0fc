// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.nio.charset.StandardCharsets;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.Images;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.file.SafeName;

/** Names of images, checked wherever they come from. No state. */
final class ImageName {
    private ImageName() {
    }

    /**
     * Checks a name.
     *
     * @return the same name
     * @throws TransferException of kind REJECTED that says what is wrong with it
     */
    static String check(String name) {
        if (name.indexOf('/') >= 0) {
            throw new TransferException(Kind.REJECTED, "image name '" + shown(name) + "' has a '/'; use another one (--name NAME)");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > Images.NAME_BYTES_MAX) {
            throw new TransferException(Kind.REJECTED, "image name '" + shown(name) + "' is longer than " + Images.NAME_BYTES_MAX + " bytes; use another one");
        }
        return SafeName.check(name);
    }

    private static String shown(String name) {
        return (name.length() > 100 ? name.substring(0, 100) + "…" : name).replaceAll("\\p{Cntrl}", "?");
    }
}
