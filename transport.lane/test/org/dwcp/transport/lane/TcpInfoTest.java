// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;

class TcpInfoTest {
    private static ByteBuffer raw() {
        return ByteBuffer.allocate(240).order(ByteOrder.nativeOrder());
    }

    @Test
    void readsTheKernelsFieldsInItsUnits() {
        var raw = raw().put(7, (byte) 1).putInt(68, 12_000).putInt(148, 10_000).putLong(160, 125_000_000).putLong(120, 777).putInt(156, 50).putInt(100, 3)
                .putLong(104, 2_000).putLong(112, 1_000).putInt(24, 10).putInt(16, 1_448).putInt(28, 2).putLong(168, 90).putLong(176, 20).putLong(184, 10);

        var info = TcpInfo.parse(raw);

        assertThat(info).isEqualTo(new TcpInfo(12_000_000, 10_000_000, 1_000_000_000, true, 777, 50, 3, 16_000, 8_000, 14_480, 777 + 2 * 1_448, 90_000, 30_000));
    }

    @Test
    void takesTheKernelsWordsForUnknownAndUnbounded() {
        var info = TcpInfo.parse(raw().putInt(148, -1).putLong(112, -1));

        assertThat(info.rttMinNs()).isZero();
        assertThat(info.pacingMaxBps()).isEqualTo(Long.MAX_VALUE);
        assertThat(info.appLimited()).isFalse();
    }
}
