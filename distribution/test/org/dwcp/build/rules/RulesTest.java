// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.ToolProvider;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each rule on small bundles that break it, compiled on the spot. */
class RulesTest {
    private static final Rule ARROWS = new Arrows(List.of("bench"), List.of("lane"));
    private static final Rule CLOCKS = Calls.clocks(List.of("bench"), List.of("org.dwcp.*.SystemClock"));

    @TempDir
    Path folder;

    @Test
    void providerMayUseTheApi() throws Exception {
        var api = bundle("api.bundle", "org.dwcp.api.A", "public interface A {}");
        var provider = bundle("transport.v1", "org.dwcp.v1.B", "class B implements org.dwcp.api.A {}");

        assertThat(ARROWS.broken(List.of(api, provider))).isEmpty();
    }

    @Test
    void providerMayNotUseAnotherEvenByName() throws Exception {
        var other = bundle("transport.v3", "org.dwcp.v3.A", "public class A {}");
        var byType = bundle("transport.v1", "org.dwcp.v1.B", "abstract class B implements java.util.List<org.dwcp.v3.A> {}");
        var byName = bundle("transport.v2", "org.dwcp.v2.B", "class B { Class<?> c() throws Exception { return Class.forName(\"org.dwcp.v3.A\"); } }");

        assertThat(ARROWS.broken(List.of(other, byType, byName))).containsExactly(
                "transport.v1: org.dwcp.v1.B uses org.dwcp.v3.A of transport.v3",
                "transport.v2: org.dwcp.v2.B uses org.dwcp.v3.A of transport.v3");
    }

    @Test
    void providerMayNotEvenHaveAnotherOnItsPath() throws Exception {
        var provider = new Bundle("transport.v1", "transport.v1", Map.of(), Map.of("a", "b"), Map.of(), Set.of("transport.v3", "api.bundle"));

        assertThat(ARROWS.broken(List.of(provider))).containsExactly("transport.v1: has transport.v3 on its -buildpath");
    }

    @Test
    void providerMayHaveWhatIsCopiedIntoItOnItsPath() throws Exception {
        var provider = new Bundle("transport.v1", "transport.v1", Map.of(), Map.of("a", "b"), Map.of(), Set.of("lane", "api.bundle"));

        assertThat(ARROWS.broken(List.of(provider))).isEmpty();
    }

    @Test
    void benchMayUseEverything() throws Exception {
        var other = bundle("transport.v3", "org.dwcp.v3.A", "public class A {}");
        var bench = bundle("bench", "org.dwcp.bench.B", "class B extends org.dwcp.v3.A {}");

        assertThat(ARROWS.broken(List.of(other, bench))).isEmpty();
    }

    @Test
    void timeIsReadOnlyByTheClock() throws Exception {
        var text = "{ long t() { return System.nanoTime(); } }";
        var clock = bundle("orchestrator", "org.dwcp.o.SystemClock", "class SystemClock " + text);
        var other = bundle("transport.v1", "org.dwcp.v1.Loop", "class Loop " + text);

        assertThat(CLOCKS.broken(List.of(clock, other))).containsExactly("transport.v1: org.dwcp.v1.Loop.t:2 uses java.lang.System.nanoTime()");
    }

    @Test
    void methodReferenceToTheTimeIsFoundToo() throws Exception {
        var loop = bundle("transport.v1", "org.dwcp.v1.Loop", "class Loop { java.util.function.LongSupplier time = System::currentTimeMillis; }");

        assertThat(CLOCKS.broken(List.of(loop))).hasSize(1);
    }

    @Test
    void seededRandomIsAllowed() throws Exception {
        var seeded = bundle("transport.v1", "org.dwcp.v1.A", "class A { java.util.Random r = new java.util.Random(1); }");
        var unseeded = bundle("transport.v2", "org.dwcp.v2.A", "class A { java.util.Random r = new java.util.Random(); }");

        assertThat(CLOCKS.broken(List.of(seeded))).isEmpty();
        assertThat(CLOCKS.broken(List.of(unseeded))).hasSize(1);
    }

    @Test
    void onlyAMainClassWritesToTheTerminal() throws Exception {
        var program = bundle("a", "org.dwcp.a.Main", "class Main { static void main(String[] a) { System.out.println(); } }");
        var part = bundle("b", "org.dwcp.b.Part", "class Part { void p(RuntimeException e) { System.err.println(); e.printStackTrace(); } }");

        assertThat(Calls.output().broken(List.of(program, part))).hasSize(2).allMatch(line -> line.startsWith("b: "));
    }

    @Test
    @Requirement("R-253")
    void slotIsNotHeldByReference() throws Exception {
        var api = bundle("api.bundle", "org.dwcp.api.Swappable", "public interface Swappable {}");
        var slot = bundle("api.bundle", "org.dwcp.api.transport.Transport", "public interface Transport extends org.dwcp.api.Swappable {}");
        var holder = component("migration", "<reference name='t' interface='org.dwcp.api.transport.Transport' field='t'/>");
        var halfTracker = component("orchestrator", "<reference name='t' interface='org.dwcp.api.transport.Transport' bind='a' unbind='c'/>");
        var tracker = component("orchestrator", "<reference name='t' interface='org.dwcp.api.transport.Transport' bind='a' updated='b' unbind='c'/>");

        var rule = new SlotReferences();

        assertThat(rule.broken(List.of(api, slot, holder))).hasSize(1);
        assertThat(rule.broken(List.of(api, slot, halfTracker))).hasSize(1);
        assertThat(rule.broken(List.of(api, slot, tracker))).isEmpty();
    }

    private static Bundle component(String project, String reference) {
        var xml = "<component>" + reference + "</component>";
        return new Bundle(project, project, Map.of(), Map.of(), Map.of("OSGI-INF/c.xml", xml.getBytes(StandardCharsets.UTF_8)), Set.of());
    }

    /** Compiles one class against all those before it. The header marks it as a bundle and not as tests. */
    private Bundle bundle(String project, String className, String text) throws Exception {
        int dot = className.lastIndexOf('.');
        var source = folder.resolve(className.substring(dot + 1) + ".java");
        Files.writeString(source, "package " + className.substring(0, dot) + ";\n" + text);
        var output = Files.createDirectories(folder.resolve(className));
        var path = new ArrayList<String>();
        try (var folders = Files.list(folder)) {
            folders.filter(Files::isDirectory).forEach(each -> path.add(each.toString()));
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-d", output.toString(),
                "-cp", String.join(java.io.File.pathSeparator, path), source.toString());
        assertThat(status).isZero();
        return new Bundle(project, project, Bundle.ofTests(project, output, Set.of()).classes(), Map.of("Bundle-SymbolicName", project), Map.of(), Set.of());
    }
}
