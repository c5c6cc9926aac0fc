// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void ratioSaysHowManyTimesBetterOursIs() {
        assertThat(Row.lower("b", "c", "ns/op", 10, 25, "p", 1).ratio()).isEqualTo(2.5);
        assertThat(Row.higher("b", "c", "MiB/s", 10, 25, "p", 1).ratio()).isEqualTo(0.4);
    }

    @Test
    void missedLimitIsSaidInWords() {
        var row = Row.higher("b", "c", "MiB/s", 10, 10, "p", 1);

        assertThat(printed(row.withLimit(1.5))).contains("1.500 MISSED");
        assertThat(printed(row.withLimit(1))).contains("1.000 ok");
    }

    @Test
    void numberThatCouldNotBeComputedIsNullAndReachesNoLimit() {
        var row = Row.lower("b", "c", "ns/op", 0, 0, "p", 1).withLimit(1);

        assertThat(JsonParser.parseString(Report.json(List.of(row))).getAsJsonArray().get(0).getAsJsonObject().get("ratio").isJsonNull()).isTrue();
        assertThat(row.reachesLimit()).isFalse();
    }

    private static String printed(Row row) {
        var bytes = new ByteArrayOutputStream();
        Report.print(List.of(row), new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
