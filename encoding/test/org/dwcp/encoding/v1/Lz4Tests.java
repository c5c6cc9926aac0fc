// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v1;

import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.encoding.Encoding;

/** Version 1 for tests of other packages. */
public final class Lz4Tests {
    private Lz4Tests() {
    }

    public static Encoding with(LZ4Factory factory) {
        return new Lz4Encoding(2, factory);
    }

    public static void stop(Encoding encoding) {
        ((Lz4Encoding) encoding).deactivate();
    }
}
