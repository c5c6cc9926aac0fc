// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.Images;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.file.SafeName;

/** Names of images and of their versions, checked wherever they come from. No state. */
public final class ImageName {
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{6,64}");

    private ImageName() {
    }

    /**
     * Checks a name.
     *
     * @return the same name
     * @throws TransferException of kind REJECTED that says what is wrong with it
     */
    public static String check(String name) {
        if (name.indexOf('/') >= 0) {
            throw new TransferException(Kind.REJECTED, "image name '" + shown(name) + "' has a '/'; use another one (--name NAME)");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > Images.NAME_BYTES_MAX) {
            throw new TransferException(Kind.REJECTED, "image name '" + shown(name) + "' is longer than " + Images.NAME_BYTES_MAX + " bytes; use another one");
        }
        return SafeName.check(name);
    }

    /**
     * Checks the first digits of a version's hash.
     *
     * @throws TransferException of kind REJECTED when they are none, or fewer than tell versions apart
     */
    public static void checkDigits(String sha256) {
        if (!DIGITS.matcher(sha256).matches()) {
            throw new TransferException(Kind.REJECTED, "version '" + sha256 + "' is no 6 to 64 digits of a hash");
        }
    }

    private static String shown(String name) {
        return (name.length() > 100 ? name.substring(0, 100) + "…" : name).replaceAll("\\p{Cntrl}", "?");
    }
}
