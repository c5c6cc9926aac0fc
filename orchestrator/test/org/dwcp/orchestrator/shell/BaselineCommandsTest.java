// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImagePin;
import org.dwcp.api.image.ImagePins;
import org.dwcp.orchestrator.shell.view.Screen;
import org.junit.jupiter.api.Test;

class BaselineCommandsTest {
    private static final String HASH = "3fa9c1d2".repeat(8);

    private final List<String> calls = new ArrayList<>();
    private final List<ImagePin> pinned = new ArrayList<>();
    private final BaselineCommands commands = new BaselineCommands(FakeNode.fake(ImagePins.class, Map.of("list", a -> pinned, "pin", a -> {
        calls.add("pin " + Arrays.toString(a));
        pinned.add(new ImagePin((String) a[0], HASH, (String) a[2], NodeId.of("porto"), Fixtures.NOON));
        return pinned.getFirst();
    }, "unpin", a -> {
        calls.add("unpin " + Arrays.toString(a));
        return !pinned.isEmpty();
    })));

    private String run(String... words) {
        return commands.baselines(false, words).render(Screen.PLAIN);
    }

    @Test
    void listsPinsAndTakesBack() {
        assertThat(run()).isEqualTo("no version is pinned");
        assertThat(run("pin", "debian", "3fa9c1", "template", "of", "all")).contains(HASH, "undo: dwcp baselines unpin debian " + HASH);
        assertThat(run()).contains("debian", HASH.substring(0, 12), "porto", "template of all");
        assertThat(run("unpin", "debian", "3fa9c1")).contains("taken back");
        assertThat(calls).containsExactly("pin [debian, 3fa9c1, template of all]", "unpin [debian, 3fa9c1]");
    }

    @Test
    void saysWhatPeopleGotWrong() {
        assertThatThrownBy(() -> run("keep")).isInstanceOf(UsageException.class).hasMessageContaining("pin, unpin");
        assertThatThrownBy(() -> run("pin", "debian")).isInstanceOf(UsageException.class).hasMessageContaining("NAME VERSION");
        assertThatThrownBy(() -> run("unpin", "debian", "3fa9c1", "why")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> run("unpin", "debian", "3fa9c1")).isInstanceOf(UsageException.class).hasMessageContaining("is not pinned");
    }
}
