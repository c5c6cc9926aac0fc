// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.dwcp.api.DwcpException;
import org.dwcp.orchestrator.shell.Deadline;
import org.dwcp.orchestrator.shell.HelpCommands;
import org.dwcp.orchestrator.shell.Manual;
import org.dwcp.orchestrator.shell.UsageException;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one command of scope {@code dwcp}. The command is looked up by name and called with the words as values: nothing ever parses them, so a file may
 * be called {@code $(x); y | z}. Every failure becomes one line and an exit code.
 */
final class CommandRun {
    static final int EXIT_OK = 0;
    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 2;
    private static final Logger LOG = LoggerFactory.getLogger(CommandRun.class);
    private static final String SCOPE = "dwcp:";
    private static final Set<String> ACTS = Set.of("peers", "send", "fetch", "image", "vm");
    private static final int LINE_LENGTH_MAX = 500;

    private final CommandProcessor processor;
    private final Request request;
    private final Deadline deadline;

    CommandRun(CommandProcessor processor, Request request, Deadline deadline) {
        this.processor = processor;
        this.request = request;
        this.deadline = deadline;
    }

    int run(OutputStream out, OutputStream err) {
        var code = call(out, err);
        if (request.words().size() > 1 && isAct(request.words().getFirst())) {
            LOG.info("control command=\"{}\" exit={}", line(String.join(" ", request.words()).replaceAll("\\p{Cntrl}", " ")), code);
        }
        return code;
    }

    /** Commands that change something leave a line in the log; looking does not. */
    private static boolean isAct(String name) {
        return ACTS.contains(name) || Manual.page(name).stream().flatMap(page -> page.options().stream()).anyMatch(o -> o.names().contains("--dry-run"));
    }

    private int call(OutputStream out, OutputStream err) {
        var printOut = new PrintStream(new BufferedOutputStream(out), false, StandardCharsets.UTF_8);
        var printErr = new PrintStream(new BufferedOutputStream(err), false, StandardCharsets.UTF_8);
        try (var session = processor.createSession(InputStream.nullInputStream(), printOut, printErr)) {
            session.put(Screen.VARIABLE, request.screen());
            session.put(Deadline.VARIABLE, deadline);
            return answer(session, printOut);
        } catch (Exception e) { // Commands of third parties may throw anything.
            return explain(e, printErr);
        } finally {
            printOut.flush();
            printErr.flush();
        }
    }

    private int answer(CommandSession session, PrintStream out) throws Exception {
        var words = request.words();
        var name = words.isEmpty() ? "help" : words.getFirst();
        var arguments = new ArrayList<Object>(words.isEmpty() ? List.of() : words.subList(1, words.size()));
        var page = Manual.page(name);
        if (arguments.contains("--help") && page.isPresent()) {
            out.println(HelpCommands.explain(page.get()).render(request.screen()));
            return EXIT_OK;
        }
        if (!request.directory().isEmpty()) {
            session.currentDir(directory(request.directory()));
        }
        var result = command(session, name).execute(session, arguments);
        if (result == null) {
            return EXIT_OK;
        }
        out.println(result instanceof View view ? view.render(request.screen()) : session.format(result, Converter.INSPECT));
        return result instanceof View view && !view.good() ? EXIT_FAILURE : EXIT_OK;
    }

    private static Path directory(String text) throws RefusedRequest {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new RefusedRequest("folder '" + text + "' is no path");
        }
    }

    /** Only names of this scope: the other scopes can stop the framework, and print where nobody reads. */
    private static Function command(CommandSession session, String name) throws RefusedRequest {
        if (name.matches("[a-z][a-z0-9-]*") && session.get(SCOPE + name) instanceof Function function) {
            return function;
        }
        if (Manual.page(name).isPresent()) {
            throw new RefusedRequest(name + " is not available: a part that it needs has not started; see 'dwcp doctor'");
        }
        var known = new TreeSet<String>();
        if (session.get(".commands") instanceof Set<?> commands) {
            commands.stream().map(String::valueOf).filter(c -> c.startsWith(SCOPE)).map(c -> c.substring(SCOPE.length())).forEach(known::add);
        }
        throw new UnknownCommand("there is no command '" + name + "'; commands: " + String.join(", ", known));
    }

    private int explain(Exception failure, PrintStream err) {
        switch (failure) {
            case UsageException e -> err.println("dwcp: " + e.getMessage());
            case IllegalArgumentException e when String.valueOf(e.getMessage()).startsWith("Cannot coerce") ->
                err.println("dwcp: " + UsageException.unreadable(request.words().getFirst()).getMessage());
            case RefusedRequest e -> {
                err.println("dwcp: " + e.getMessage());
                return e instanceof UnknownCommand ? EXIT_USAGE : EXIT_FAILURE;
            }
            case DwcpException e -> {
                err.println("dwcp: " + line(e.getMessage()));
                return EXIT_FAILURE;
            }
            case InterruptedException e -> {
                err.println("dwcp: cancelled");
                return EXIT_FAILURE;
            }
            default -> {
                LOG.error("command failed command={}", request.words().isEmpty() ? "help" : request.words().getFirst(), failure);
                err.println("dwcp: failed: " + failure.getClass().getSimpleName() + ": " + line(failure.getMessage()) + "; the node's log has more");
                return EXIT_FAILURE;
            }
        }
        return EXIT_USAGE;
    }

    private static String line(String message) {
        var line = String.valueOf(message).replaceAll("\\s*\\R\\s*", " ");
        return line.length() <= LINE_LENGTH_MAX ? line : line.substring(0, LINE_LENGTH_MAX) + "...";
    }

    /** A name that is no command: the caller's mistake. */
    private static final class UnknownCommand extends RefusedRequest {
        private static final long serialVersionUID = 1L;

        UnknownCommand(String message) {
            super(message);
        }
    }
}
