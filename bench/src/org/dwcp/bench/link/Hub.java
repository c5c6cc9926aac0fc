// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import com.google.gson.Gson;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestIdentity;
import org.slf4j.LoggerFactory;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;

/**
 * The node to which many connect: a JVM with one transport and the calls of the platform, of which {@code echo} answers with what it got, each on a
 * thread of its own. Arguments: provider, identity (a file). To {@code memory} it answers what it holds, after a garbage collection.
 */
public final class Hub {
    private Hub() {
    }

    /** Starts it; see the class. */
    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN); // a line for each connection is work that is not to be measured
        var identity = TestIdentity.load(Path.of(arguments[1]));
        var node = new TestCluster().node(identity.id().value(), identity);
        var transport = Provider.start(arguments[0], Map.of("listen.host", "127.0.0.1"), node);
        Provider.calls(new OneProvider(arguments[0], transport), node, Map.of("echo", (peer, body) -> body));
        say(Map.of("port", transport.port()));
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            say(memory(transport));
        }
        System.exit(0);
    }

    private static void say(Map<String, ?> answer) {
        System.out.println(new Gson().toJson(answer));
        System.out.flush();
    }

    private static Map<String, ?> memory(Transport transport) throws IOException {
        System.gc();
        System.gc(); // what was kept for its end only
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return Map.of("heap", heap, "resident", residentBytes(), "channels", transport.channels().size(), "threads", Thread.activeCount());
    }

    private static long residentBytes() throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no VmRSS in /proc/self/status");
    }
}
