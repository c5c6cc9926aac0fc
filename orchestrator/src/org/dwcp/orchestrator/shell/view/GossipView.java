// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

import org.dwcp.api.gossip.GossipValue;

/**
 * One value.
 *
 * @param value what a node tells
 * @param now   the time
 */
public record GossipView(GossipValue value, Instant now) implements View {
    @Override
    public String render(Screen screen) {
        var table = new Table("what", "value");
        table.row("node", value.owner()).row("name", value.name()).row("version", value.version()).row("written", Text.moment(value.written()))
                .row("age", GossipTable.age(value.written(), now)).row("counts until", Text.moment(value.expires())).row("hops", value.hops())
                .row("bytes", value.bytes().length);
        return table.render(screen) + "\n\n" + String.join("\n", text(value).lines().map(Text::line).toList());
    }

    /** The bytes as text, or what they are instead. */
    static String text(GossipValue value) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value.bytes())).toString();
        } catch (CharacterCodingException e) {
            return "(no text)";
        }
    }
}
