// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.dwcp.api.Swappable;
import org.dwcp.api.Swappable.Readiness;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.test.common.annotation.InjectService;

/** The encodings as bundles: what they register, and where their native libraries come from. */
class EncodingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path MAPS = Path.of("/proc/self/maps");

    private final BundleContext context = FrameworkUtil.getBundle(EncodingIT.class).getBundleContext();

    @ParameterizedTest
    @CsvSource({"encoding.v0, v0, codec=0", "encoding.v1, v1, codec=1", "encoding.v3, v3, codec=3"})
    @Requirement("R-235")
    void registersWithWhatTheRoutingReads(String provider, String generation, String codec) throws Exception {
        var reference = reference(provider);

        assertThat(reference.getProperty(Swappable.SLOT_NAME)).isEqualTo(Encoding.SLOT.name());
        assertThat(reference.getProperty(Swappable.VERSION)).isInstanceOf(String.class);
        assertThat((String[]) reference.getProperty(Swappable.MODES)).contains(generation);
        assertThat((String[]) reference.getProperty(Swappable.CAPABILITIES)).contains(codec);
        assertThat(reference.getProperty(Constants.SERVICE_RANKING)).isInstanceOf(Integer.class);
    }

    @ParameterizedTest
    @CsvSource({"encoding.v0, 0", "encoding.v1, 1", "encoding.v3, 1"})
    void worksInsideTheFramework(String provider, int format) throws Exception {
        Encoding encoding = context.getService(reference(provider));
        byte[] block = "frame of the framework ".repeat(1000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer frame = ByteBuffer.allocateDirect(encoding.frameBytesMax(block.length));
        ByteBuffer back = ByteBuffer.allocate(block.length);

        encoding.encode(ByteBuffer.wrap(block), frame);
        assertThat(FrameHeader.read(frame.flip().duplicate()).format()).isEqualTo(format);
        encoding.decode(frame, back);

        assertThat(encoding.readiness()).isEqualTo(Readiness.READY);
        assertThat(back.array()).isEqualTo(block);
    }

    @ParameterizedTest
    @CsvSource({"encoding.v1, liblz4-java", "encoding.v3, libzstd-jni"})
    void loadsItsNativeLibraryFromTheFrameworksStorage(String provider, String library) throws Exception {
        assumeTrue(Files.isReadable(MAPS), "no " + MAPS + " on this system");
        context.getService(reference(provider)).probe();

        List<String> mapped;
        try (Stream<String> lines = Files.lines(MAPS)) {
            mapped = lines.filter(line -> line.contains(library)).map(line -> line.substring(line.indexOf('/'))).distinct().toList();
        }

        String storage = context.getProperty(Constants.FRAMEWORK_STORAGE);
        assertThat(mapped).singleElement().asString().startsWith(new File(storage).getAbsolutePath());
    }

    @ParameterizedTest
    @CsvSource({"encoding.v0", "encoding.v3", "encoding.v1"})
    void staysTheSameObjectWhileTheRoutingMovesItsRanking(String provider, @InjectService(timeout = 30_000) HybridOrchestrator orchestrator)
            throws Exception {
        var reference = reference(provider);
        Encoding before = context.getService(reference);

        orchestrator.pin("encoding", provider, "test");
        try {
            await().atMost(PATIENCE).until(() -> reference.equals(context.getServiceReference(Encoding.class)));
            assertThat(context.getService(reference)).isSameAs(before);
        } finally {
            orchestrator.unpin("encoding", "test");
        }
    }

    @Test
    @Requirement("R-235")
    void readsFramesOfEachVersionWithTheProviderThatTheyName() throws Exception {
        byte[] block = "one frame of each version ".repeat(100).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (String writer : List.of("encoding.v0", "encoding.v1", "encoding.v3")) {
            Encoding encoding = context.getService(reference(writer));
            ByteBuffer frame = ByteBuffer.allocate(encoding.frameBytesMax(block.length));
            encoding.encode(ByteBuffer.wrap(block), frame);
            ByteBuffer back = ByteBuffer.allocate(block.length);

            context.getService(byCodec(FrameHeader.read(frame.flip().duplicate()).codecId())).decode(frame, back);

            assertThat(back.array()).isEqualTo(block);
        }
    }

    @Test
    @Requirement("R-070")
    void compressesHarderWhenTheNodeIsOnTheInternet(@InjectService(timeout = 30_000) ModeDetector detector) throws Exception {
        Encoding v3 = context.getService(reference("encoding.v3"));
        byte[] block = Files.readAllBytes(Path.of(System.getProperty("java.home"), "release"));
        try {
            detector.forceMode(NetworkMode.DATACENTER, "test");
            int datacenter = v3.encode(ByteBuffer.wrap(block), ByteBuffer.allocate(v3.frameBytesMax(block.length)));
            detector.forceMode(NetworkMode.INTERNET, "test");
            int internet = v3.encode(ByteBuffer.wrap(block), ByteBuffer.allocate(v3.frameBytesMax(block.length)));

            assertThat(internet).isLessThan(datacenter);
        } finally {
            detector.release();
        }
    }

    @Test
    @Requirement("R-270")
    void versionsServeSideBySideAndSeeNothingOfEachOther() throws Exception {
        Encoding v1 = context.getService(reference("encoding.v1"));
        Encoding v3 = context.getService(reference("encoding.v3"));
        v1.probe();
        v3.probe();

        assertThat(v1.getClass().getClassLoader()).isNotSameAs(v3.getClass().getClassLoader());
        assertThatThrownBy(() -> v1.getClass().getClassLoader().loadClass(v3.getClass().getName())).isInstanceOf(ClassNotFoundException.class);
        assertThatThrownBy(() -> v3.getClass().getClassLoader().loadClass(v1.getClass().getName())).isInstanceOf(ClassNotFoundException.class);
    }

    private ServiceReference<Encoding> reference(String provider) throws Exception {
        return context.getServiceReferences(Encoding.class, "(" + Swappable.PROVIDER + "=" + provider + ")").iterator().next();
    }

    private ServiceReference<Encoding> byCodec(int codec) throws Exception {
        return context.getServiceReferences(Encoding.class, "(" + Swappable.CAPABILITIES + "=" + Encoding.CODEC + "=" + codec + ")").iterator().next();
    }

}
