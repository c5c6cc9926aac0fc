// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The lane core where no native library is there. */
class LaneTransportOnNioTest extends LaneTransportTest {
    @Override
    LaneSettings.Natives natives() {
        return LaneSettings.Natives.OFF;
    }

    @Test
    void saysThatItDoesWithout() {
        assertThat(ta.stats().orElseThrow().traits()).containsEntry("io", "nio").containsEntry("tls", "jdk");
    }
}
