// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The program: runs a node in the foreground, or prepares the home of one. Ends with 0, 1 (could not be done) or 2 (not understood). */
public final class Main {
    private static final String HELP = """
            usage: dwcp COMMAND [OPTION...]

              node                       run a node until it is told to stop
                --home DIR               where it lives (default: $DWCP_HOME, or ./dwcp-home)
                --name NAME              its name, for a home that has none yet (default: the machine's name)
                --port N                 port for other nodes, 0 for any (default 7420)
                --host ADDRESS           address to listen at (default: all)
                --set KEY=VALUE          a framework property; PID:KEY=VALUE sets a part's configuration
                --no-shell               no interactive shell, even at a terminal
                --daemon                 in the background; returns when the node is ready
                --shuffle SEED           start the bundles in a random order (for tests)
              stop --home DIR            stop the node that runs there and wait until it is gone
              port --home DIR            print the port for other nodes of the node that runs there
              init --home DIR --name NAME
                                         make a new cluster: its authority and the certificate of its first node
              enroll NAME --home DIR --out DIR
                                         make the certificate of one more node, at a home that has the authority
              join --home DIR --from FILE
                                         give a home the certificate that enroll made
              help                       this text
            """;

    private Main() {
    }

    /**
     * Runs one command.
     *
     * @param arguments the command and its options
     */
    public static void main(String[] arguments) {
        var status = run(List.of(arguments));
        if (status != 0) {
            System.exit(status);
        }
    }

    /**
     * Runs one command and does not end the process, except for {@code node}.
     *
     * @param words the command and its options
     * @return 0 done, 1 could not be done, 2 not understood
     */
    public static int run(List<String> words) {
        try {
            run(words.isEmpty() ? "help" : words.getFirst(), words.isEmpty() ? words : words.subList(1, words.size()));
            return 0;
        } catch (LaunchException e) {
            System.err.println("dwcp: " + e.getMessage());
            return e.code();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return LaunchException.Status.FAILURE.code();
        }
    }

    private static void run(String asked, List<String> words) throws LaunchException, InterruptedException {
        var command = words.contains("--help") ? "help" : asked;
        switch (command) {
            case "node" -> node(words);
            case "stop" -> {
                var node = RunningNode.of(home(only(command, words, "--home")));
                node.stop();
                System.out.println("node of " + node.home() + " stopped");
            }
            case "port" -> System.out.println(RunningNode.of(home(only(command, words, "--home"))).peerPort());
            case "init" -> {
                var arguments = new Arguments(command, words, Set.of("--home", "--name"), Set.of());
                var home = home(arguments);
                var name = arguments.value("--name").or(() -> environment(Settings.NAME)).orElseGet(NodeOptions::defaultName);
                var image = Image.find();
                try (var enrolling = new Enrolling(image); var open = Home.open(home)) {
                    open.fillEtc(image.etc());
                    System.out.println(enrolling.init(home, name));
                }
            }
            case "enroll" -> {
                var arguments = new Arguments(command, words, Set.of("--home", "--out"), Set.of());
                if (arguments.words().size() != 1) {
                    throw LaunchException.usage("enroll needs the name of one node: enroll NAME --home DIR --out DIR");
                }
                try (var enrolling = new Enrolling(Image.find())) {
                    System.out.println(enrolling.enroll(home(arguments), arguments.words().getFirst(), Path.of(arguments.required("--out"))));
                }
            }
            case "join" -> {
                var arguments = new Arguments(command, words, Set.of("--home", "--from"), Set.of());
                var home = home(arguments);
                var image = Image.find();
                try (var enrolling = new Enrolling(image); var open = Home.open(home)) {
                    open.fillEtc(image.etc());
                    System.out.println(enrolling.join(home, Path.of(arguments.required("--from"))));
                }
            }
            case "help", "--help", "-h" -> System.out.print(HELP);
            default -> throw LaunchException.usage("no command '%s'; try: dwcp help", command);
        }
    }

    private static void node(List<String> words) throws LaunchException, InterruptedException {
        var arguments = new Arguments("node", words, Set.of("--home", "--name", "--port", "--host", "--set", "--shuffle"), Set.of("--no-shell", Daemon.FLAG));
        refuseWords("node", arguments);
        var home = home(arguments);
        if (arguments.has(Daemon.FLAG)) {
            System.out.println(Daemon.start(home, words));
            return;
        }
        var isNew = !Files.exists(home.resolve("etc/tls/node.p12"));
        var properties = properties(arguments);
        if (isNew && environment(Settings.NAME).isEmpty()) {
            properties.putIfAbsent(Settings.NAME, NodeOptions.defaultName());
        }
        var options = new NodeOptions(Image.find(), home, properties, System.getenv(), NodeOptions.seed(arguments.value("--shuffle").orElse(null)),
                arguments.has("--no-shell") || !isTerminal() ? NodeOptions.Shell.NONE : NodeOptions.Shell.INTERACTIVE, Set.of());
        var log = LogSetup.to(home.resolve("log"), properties.getOrDefault(Settings.NAME, home.getFileName().toString()),
                properties.getOrDefault(LogSetup.LEVEL, "INFO"));
        var node = Stopper.install(log).start(options);
        if (isNew) {
            System.out.println("made a new cluster with its own authority in " + home.resolve("etc/tls")
                    + "; to let another node in: dwcp enroll NAME --home " + home + " --out DIR");
        }
        System.out.println("dwcp node " + node.name() + Daemon.READY + node.controlPort() + " peers=" + node.peerPort() + " home=" + home);
        node.startShell();
        node.waitForStop();
        System.exit(0);
    }

    /** The arguments of a command that takes one option and no word. */
    private static Arguments only(String command, List<String> words, String option) throws LaunchException {
        var arguments = new Arguments(command, words, Set.of(option), Set.of());
        refuseWords(command, arguments);
        return arguments;
    }

    private static void refuseWords(String command, Arguments arguments) throws LaunchException {
        if (!arguments.words().isEmpty()) {
            throw LaunchException.usage("%s does not understand '%s'", command, arguments.words().getFirst());
        }
    }

    private static Map<String, String> properties(Arguments arguments) throws LaunchException {
        var properties = new HashMap<String, String>();
        for (var setting : arguments.values("--set")) {
            var cut = setting.indexOf('=');
            if (cut < 1) {
                throw LaunchException.usage("--set %s is not KEY=VALUE or PID:KEY=VALUE", setting);
            }
            var key = setting.substring(0, cut);
            properties.put(key.contains(":") ? Settings.CONFIG + key.replace(':', '/') : key, setting.substring(cut + 1));
        }
        arguments.value("--name").ifPresent(name -> properties.put(Settings.NAME, name));
        arguments.value("--port").ifPresent(port -> properties.put(Settings.PEER_PORT, port));
        arguments.value("--host").ifPresent(host -> properties.put(Settings.PEER_HOST, host));
        return properties;
    }

    private static Path home(Arguments arguments) {
        return Path.of(arguments.value("--home").or(() -> Optional.ofNullable(System.getenv("DWCP_HOME"))).orElse(NodeOptions.HOME_DEFAULT))
                .toAbsolutePath().normalize();
    }

    private static Optional<String> environment(String property) {
        return System.getenv().entrySet().stream().filter(entry -> Settings.property(entry.getKey()).equals(property)).map(Map.Entry::getValue)
                .findFirst();
    }

    private static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal();
    }
}
