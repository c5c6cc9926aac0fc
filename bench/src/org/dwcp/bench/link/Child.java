// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.dwcp.testkit.wan.WanLink.End;

/** A JVM that answers each line on its standard input with a line of JSON; it says one of its own accord when it is up. Not thread-safe. */
public final class Child implements AutoCloseable {
    private static final long END_SECONDS = 10;
    /** Each follows a question but the first. */
    private static final int ANSWERS_MAX = 16;
    private static final String END = "";

    private final Process process;
    private final Writer commands;
    private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(ANSWERS_MAX);
    private final JsonObject hello;

    /** Starts it, and waits until it is up. */
    public Child(Place place, End end, List<String> command) throws IOException {
        process = place.start(end, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        commands = process.outputWriter();
        Thread.ofVirtual().name("bench.child").start(this::read);
        hello = answer();
    }

    /**
     * Reads what it prints as it comes: a process whose output nobody takes stands still at the first line that does not fit into the pipe, and its event loops
     * with it (seen: a node stopped answering after some hundred connections, each of which had been logged). Libraries may say something between answers.
     */
    private void read() {
        try (var lines = process.inputReader()) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{")) {
                    answers.put(line);
                }
            }
            answers.put(END);
        } catch (IOException e) {
            answers.offer(END); // the process was ended while it was read
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    private JsonObject answer() throws IOException {
        try {
            var line = answers.take();
            if (line.equals(END)) {
                throw new IOException("an end of the link has ended");
            }
            return JsonParser.parseString(line).getAsJsonObject();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an end of the link was to answer", e);
        }
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
