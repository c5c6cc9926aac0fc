// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.runner;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/** Runs in the tests' own JVM: all JUnit tests below one class folder, failures to the screen, results to XML. */
public final class TestRunner {
    /** Exit status: the class folder holds no test at all, of whatever tier. */
    public static final int NO_TESTS = 3;
    private static final String[] TIERS = {"system", "soak"};

    private TestRunner() {
    }

    /** Arguments: class folder, report folder, tier or {@code -}, simple class name or {@code -}. */
    public static void main(String[] arguments) throws IOException {
        var screen = System.out;
        var output = new PrintStream(Files.newOutputStream(Path.of(arguments[1], "output.txt")), true, StandardCharsets.UTF_8);
        System.setOut(output); // what tests and libraries say is kept in a file; the screen shows results
        System.setErr(output);
        var tier = arguments[2];
        var only = arguments[3];
        var roots = selectClasspathRoots(Set.of(Path.of(arguments[0])));
        var launcher = LauncherFactory.create();
        // Asked without the filters: a folder of tests in which no engine finds one means a broken class path.
        if (!launcher.discover(LauncherDiscoveryRequestBuilder.request().selectors(roots).build()).containsTests()) {
            System.exit(NO_TESTS);
        }
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(roots)
                .filters(tier.equals("-") ? TagFilter.excludeTags(TIERS) : TagFilter.includeTags(tier))
                .filters(ClassNameFilter.includeClassNamePatterns(only.equals("-") ? ".*" : "(.*[.$])?" + only + "([.$].*)?"))
                .build();
        launcher.execute(request, new Failures(screen),
                new LegacyXmlReportGeneratingListener(Path.of(arguments[1]), new PrintWriter(screen, true)));
        System.exit(0); // a thread that a test left behind must not hold the build
    }

    /** Prints what failed, where, and the part of the stack that leads to it. */
    private static final class Failures implements TestExecutionListener {
        private static final int FRAMES_MAX = 12; // chosen: one screen for three failures

        private final PrintStream screen;

        Failures(PrintStream screen) {
            this.screen = screen;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() != TestExecutionResult.Status.FAILED) {
                return;
            }
            screen.println("FAILED " + test.getSource().map(Failures::place).orElse("") + " " + test.getDisplayName());
            result.getThrowable().ifPresent(this::print);
        }

        private static String place(TestSource source) {
            return source instanceof MethodSource method ? method.getClassName() + "." + method.getMethodName() : source.toString();
        }

        private void print(Throwable thrown) {
            for (var cause = thrown; cause != null; cause = cause.getCause()) {
                screen.println("    " + cause);
                var frames = cause.getStackTrace();
                for (int index = 0, shown = 0; index < frames.length && shown < FRAMES_MAX; index++) {
                    if (!frames[index].getClassName().startsWith("org.junit.")) {
                        screen.println("        at " + frames[index]);
                        shown++;
                    }
                }
            }
        }
    }
}
