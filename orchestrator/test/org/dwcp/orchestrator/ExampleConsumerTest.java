// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.tools.ToolProvider;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.manager.StandaloneManagers;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The consumer that the guide shows: it compiles, knows no provider, and its traffic moves between two calls. */
class ExampleConsumerTest {
    private static final Path SOURCE = Path.of(System.getProperty("dwcp.root", ".."), "docs", "examples", "Consumer.java");

    @TempDir
    private Path classes;

    @BeforeEach
    void compile() {
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-Xlint:all", "-Werror", "-d", classes.toString(),
                "-cp", System.getProperty("java.class.path"), SOURCE.toString());
        assertThat(status).as("compiling " + SOURCE).isZero();
    }

    /** Marks its frames with its number and keeps nothing of the block. */
    private record Marking(int codecId) implements Encoding {
        @Override
        public int encode(ByteBuffer block, ByteBuffer frame) {
            block.position(block.limit());
            frame.put((byte) codecId);
            return 1;
        }

        @Override
        public int decode(ByteBuffer frame, ByteBuffer block) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    @Requirement("R-316")
    void itsBytecodeNamesNoProvider() throws Exception {
        List<String> named = new ArrayList<>();
        try (var files = Files.newDirectoryStream(classes.resolve("com/example/archive"), "*.class")) {
            for (Path file : files) {
                for (var entry : ClassFile.of().parse(file).constantPool()) {
                    if (entry instanceof ClassEntry type) {
                        named.add(type.asInternalName());
                    }
                }
            }
        }

        assertThat(named).contains("org/dwcp/api/hybrid/Route")
                .allMatch(name -> name.startsWith("org/dwcp/api/") || name.startsWith("java/") || name.startsWith("com/example/archive/"));
    }

    @Test
    @Requirement("R-316")
    void itsNextCallIsAnsweredByTheOtherProviderAfterASwitch() throws Exception {
        try (StandaloneManagers factory = new StandaloneManagers(new TestClock());
                HybridManager manager = factory.create(Optional.empty());
                URLClassLoader loader = new URLClassLoader(new java.net.URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
            manager.initialize();
            manager.register(Encoding.SLOT, new Marking(1), new Marking(3));
            manager.start();
            Class<?> type = loader.loadClass("com.example.archive.Consumer");
            Object consumer = type.getConstructor(ModeAwareAdapter.class).newInstance(adapter(manager));
            var pack = type.getMethod("pack", String.class, ByteBuffer.class);

            ByteBuffer before = (ByteBuffer) pack.invoke(consumer, "letters", ByteBuffer.allocate(10));
            manager.switchMode(NetworkMode.INTERNET, "test");
            ByteBuffer after = (ByteBuffer) pack.invoke(consumer, "letters", ByteBuffer.allocate(10));

            assertThat(before.get(0)).isEqualTo((byte) 1);
            assertThat(after.get(0)).isEqualTo((byte) 3);
        }
    }

    /** A manager gives routes as the adapter does; only that is asked for here. */
    private static ModeAwareAdapter adapter(HybridManager manager) {
        return (ModeAwareAdapter) java.lang.reflect.Proxy.newProxyInstance(ModeAwareAdapter.class.getClassLoader(),
                new Class<?>[] {ModeAwareAdapter.class}, (proxy, method, arguments) -> manager.route(Encoding.SLOT));
    }

    /** The guide shows the file itself. */
    @Test
    void theGuideShowsItsHeart() throws Exception {
        String source = Files.readString(SOURCE);
        String guide = Files.readString(SOURCE.resolveSibling("../guide.md"));

        assertThat(guide).contains(source.substring(source.indexOf("    private final Route"), source.indexOf("    private static ByteBuffer frame")).stripTrailing());
    }
}
