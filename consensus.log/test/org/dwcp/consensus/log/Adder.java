// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.StateMachine;

/** Keeps every command: what was lost or doubled is seen at once. Refuses the command {@code refuse}. */
final class Adder implements StateMachine {
    private final List<String> commands = new ArrayList<>();

    @Override
    public synchronized byte[] apply(byte[] command) {
        var text = new String(command, StandardCharsets.UTF_8);
        if (text.equals("refuse")) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "no");
        }
        commands.add(text);
        return String.valueOf(commands.size()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized byte[] query(byte[] query) {
        return String.valueOf(commands.size()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized byte[] snapshot() {
        return String.join("\n", commands).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized void install(byte[] snapshot) {
        commands.clear();
        if (snapshot.length > 0) {
            commands.addAll(List.of(new String(snapshot, StandardCharsets.UTF_8).split("\n")));
        }
    }

    synchronized List<String> commands() {
        return List.copyOf(commands);
    }
}
