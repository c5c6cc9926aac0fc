// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The program behind {@code ./dwcp COMMAND}: hands one command to a running node and shows what comes back. It knows no command itself. Ends with the
 * command's exit code: 0 done, 1 not done, 2 not understood. Ending it early (Ctrl-C) cancels the command.
 */
public final class Client {
    private static final int EXIT_FAILURE = 1;
    private static final int EXIT_USAGE = 2;
    private static final String HOME = "--home";
    private static final String HOME_DEFAULT = "dwcp-home";

    private Client() {
    }

    /**
     * Runs one command.
     *
     * @param arguments the command; {@code --home DIR} names the node's home
     */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.getenv(), Path.of("").toAbsolutePath()));
    }

    private static int run(List<String> arguments, Map<String, String> environment, Path directory) {
        var words = new ArrayList<>(arguments);
        Path home;
        try {
            home = home(words, environment, directory);
        } catch (IllegalArgumentException e) {
            System.err.println("dwcp: " + e.getMessage());
            return EXIT_USAGE;
        }
        // Never closed: closing them would close the terminal under System.err, and the reason of a failure with it.
        var out = new FileOutputStream(FileDescriptor.out);
        var err = new FileOutputStream(FileDescriptor.err);
        try {
            return call(home, ClientScreen.find(environment), directory, words, out, err);
        } catch (ClientException e) {
            System.err.println("dwcp: " + e.getMessage());
        } catch (IOException e) {
            System.err.println("dwcp: the connection to the node of " + home + " broke: " + e.getMessage());
        }
        return EXIT_FAILURE;
    }

    /**
     * Runs one command of a node and waits for its end: for programs that drive nodes. Plain text, no colours.
     *
     * @param home  the node's home
     * @param words the command
     * @param out   gets what it prints
     * @param err   gets what it complains of
     * @return its exit code
     * @throws IOException that says why the node could not be asked
     */
    public static int run(Path home, List<String> words, OutputStream out, OutputStream err) throws IOException {
        try {
            return call(home, ClientScreen.PLAIN, Path.of("").toAbsolutePath(), words, out, err);
        } catch (ClientException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static int call(Path home, ClientScreen screen, Path directory, List<String> words, OutputStream out, OutputStream err)
            throws IOException, ClientException {
        try (var call = ClientCall.open(home)) {
            call.send(screen, directory, words);
            return call.receive(out, err);
        }
    }

    /** Where the node lives: the option, the environment, or the usual folder. Takes the option out of the words. */
    static Path home(List<String> words, Map<String, String> environment, Path directory) {
        for (var index = 0; index < words.size(); index++) {
            if (words.get(index).startsWith(HOME + "=")) {
                return directory.resolve(words.remove(index).substring(HOME.length() + 1));
            }
            if (words.get(index).equals(HOME)) {
                if (index + 1 == words.size()) {
                    throw new IllegalArgumentException(HOME + " needs a folder");
                }
                words.remove(index);
                return directory.resolve(words.remove(index));
            }
        }
        var named = environment.getOrDefault("DWCP_HOME", "");
        return directory.resolve(named.isEmpty() ? HOME_DEFAULT : named);
    }

    /** Reads one of the node's small files. */
    static String read(Path file) throws ClientException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new ClientException("file " + file + " cannot be read (" + e + "); use the client as the node's user");
        }
    }
}
