// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.dwcp.testkit.wan.WanLink.End;

/** A JVM that answers each line on its standard input with a line of JSON; it says one of its own accord when it is up. Not thread-safe. */
public final class Child implements AutoCloseable {
    private static final long END_SECONDS = 10;

    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;
    private final JsonObject hello;

    /** Starts it, and waits until it is up. */
    public Child(Place place, End end, List<String> command) throws IOException {
        process = place.start(end, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        commands = process.outputWriter();
        answers = process.inputReader();
        hello = answer();
    }

    /** What it said when it was up. */
    public JsonObject hello() {
        return hello;
    }

    /** Its process. */
    public long pid() {
        return process.pid();
    }

    /** Gives a command and waits for the answer. */
    public JsonObject ask(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return answer();
    }

    /** Libraries may say something first. */
    private JsonObject answer() throws IOException {
        var line = answers.readLine();
        while (line != null && !line.startsWith("{")) {
            line = answers.readLine();
        }
        if (line == null) {
            throw new IOException("an end of the link has ended");
        }
        return JsonParser.parseString(line).getAsJsonObject();
    }

    @Override
    public void close() throws IOException {
        try {
            commands.close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
