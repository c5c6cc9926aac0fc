// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.Table;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Component;

/** The commands' manual. */
@Component(service = HelpCommands.class)
@GogoCommand(scope = "dwcp", function = "help")
@Descriptor("help")
public final class HelpCommands {
    /** Lists the commands, or explains one. */
    @Descriptor("list the commands, or explain one")
    @Usage(words = "[COMMAND]", examples = {"help", "help promote"})
    public View help(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("COMMAND: its name") String... words) {
        var names = Manual.pages().stream().map(Manual.Page::name).collect(Collectors.joining(", "));
        var checked = Words.of("help", words, 0, 1, "commands: " + names);
        if (checked.isEmpty()) {
            return new Overview(List.copyOf(Manual.pages())).as(json);
        }
        return Manual.page(checked.at(0)).map(HelpCommands::explain)
                .orElseThrow(() -> new UsageException("help", "there is no command '" + checked.at(0) + "'; commands: " + names)).as(json);
    }

    /**
     * Explains one command.
     *
     * @param page its page
     * @return usage, options and examples
     */
    public static View explain(Manual.Page page) {
        var lines = new ArrayList<String>();
        lines.add(page.name() + ": " + page.summary());
        lines.add("usage: " + page.usage());
        if (!page.options().isEmpty()) {
            var table = new Table("option", "meaning");
            page.options().forEach(option -> table.row(String.join(", ", option.names()) + (option.flag() ? "" : " VALUE"), option.meaning()));
            lines.add(table.render(Screen.PLAIN));
        }
        page.examples().forEach(example -> lines.add("example: dwcp " + example));
        return new Note(String.join("\n", lines));
    }

    /** All commands with what they do. */
    private record Overview(List<Manual.Page> commands) implements View {
        @Override
        public String render(Screen screen) {
            var table = new Table("command", "what it does");
            commands.forEach(page -> table.row(page.name() + (page.words().isEmpty() ? "" : " " + page.words()), page.summary()));
            return table.render(screen) + "\nmore: dwcp help COMMAND";
        }
    }
}
