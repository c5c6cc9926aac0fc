// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import aQute.bnd.build.Workspace;
import aQute.bnd.osgi.Processor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashSet;

/** The opened workspace, its folders, and the one way in which bnd's messages reach the screen. */
public final class House implements AutoCloseable {
    private final Path root;
    private final Workspace workspace;
    private final FileChannel lock;

    private House(Path root, Workspace workspace, FileChannel lock) {
        this.root = root;
        this.workspace = workspace;
        this.lock = lock;
    }

    /** Opens the workspace in the current directory. The library index has to be there before bnd looks for it. */
    static House open() throws Exception {
        var root = Path.of("").toAbsolutePath();
        if (!Files.isRegularFile(root.resolve("cnf/build.bnd"))) {
            throw new BuildException(root + " holds no cnf/build.bnd; start the driver in the workspace");
        }
        var lock = lock(Files.createDirectories(root.resolve("target")).resolve("driver.lock"));
        Libraries.writeIndex(root.resolve("cnf/pom.xml"), root.resolve("cnf/cache/libraries.mvn"));
        var workspace = new Workspace(root.toFile());
        workspace.setOffline(true);
        return new House(root, workspace, lock);
    }

    /** Two drivers in one workspace would delete each other's classes. The lock goes with the JVM. */
    private static FileChannel lock(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            System.out.println("waiting for another build in this folder");
            channel.lock();
        }
        return channel;
    }

    /** Returns the folder of the workspace. */
    public Path root() {
        return root;
    }

    /** Returns the folder for what the build itself makes. */
    public Path target() throws IOException {
        return Files.createDirectories(root.resolve("target"));
    }

    Workspace workspace() {
        return workspace;
    }

    /** Every folder with a {@code bnd.bnd}, each after those it needs. */
    public Collection<Project> projects() throws Exception {
        return new LinkedHashSet<>(workspace.getBuildOrder());
    }

    /** The commit that is checked out, with a mark when files differ from it. */
    String commit() throws IOException, InterruptedException {
        var git = new ProcessBuilder("git", "describe", "--always", "--abbrev=12", "--dirty=+changes", "--exclude=*")
                .directory(root.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return git.waitFor() == 0 ? text : "unknown";
    }

    /** Prints what bnd has to say and forgets it; true when there was no error. */
    static boolean report(String what, Processor processor) {
        processor.getWarnings().forEach(warning -> System.out.println("warning: " + what + ": " + warning));
        processor.getErrors().forEach(error -> System.out.println("error: " + what + ": " + error));
        var good = processor.getErrors().isEmpty();
        processor.clear();
        return good;
    }

    @Override
    public void close() throws IOException {
        workspace.close();
        lock.close();
    }
}
