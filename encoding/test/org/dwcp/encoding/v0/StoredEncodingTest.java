// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v0;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.testkit.encoding.EncodingContract;

/** Version 0 keeps the slot's contract. */
class StoredEncodingTest extends EncodingContract {
    @Override
    protected Encoding start() {
        return new StoredEncoding(null);
    }

    @Override
    protected void stop(Encoding provider) {
        // nothing to stop
    }

    @Override
    protected int expectedCodecId() {
        return 0;
    }
}
