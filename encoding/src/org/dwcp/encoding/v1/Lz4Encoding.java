// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v1;

import java.nio.ByteBuffer;
import java.time.Duration;

import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.Check;
import org.dwcp.api.SwapContext;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.encoding.frame.CodecPool;
import org.dwcp.encoding.frame.EncodingProvider;
import org.dwcp.encoding.frame.FrameCoder;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The encoding for speed. */
@Component(service = Encoding.class, configurationPid = Lz4Encoding.PID)
@EncodingProvider(dwcp_provider = "encoding.v1", dwcp_version = "1.0.0", dwcp_modes = {"v1", "datacenter"},
        dwcp_capabilities = {"codec=1", "lz4"})
@Designate(ocd = Lz4Encoding.Config.class)
public final class Lz4Encoding implements Encoding {
    static final String PID = "org.dwcp.encoding.v1";
    static final int CODEC_ID = 1;
    /** Longest wait of a stop for calls in flight; a block takes milliseconds. Source: the 2 s of a deactivation. */
    static final Duration STOP_TIMEOUT = Duration.ofMillis(1_500);

    private static final Logger LOG = LoggerFactory.getLogger(Lz4Encoding.class);

    @ObjectClassDefinition(name = "Encoding v1", description = "LZ4 blocks.")
    @interface Config {
        /** Returns the ranking until the orchestrator writes one: v1 first, as before the first detection. */
        int service_ranking() default 10;

        @AttributeDefinition(min = "0", max = "256", description = "Most blocks at once; 0 is one a core. Each may hold 2 MiB.")
        int codecs_max() default 0;
    }

    private final CodecPool pool;
    private final FrameCoder coder;

    @Activate
    public Lz4Encoding(Config config) {
        this(codecsMax(config), library());
    }

    /**
     * Makes one outside a framework; close it by {@link #deactivate}.
     *
     * @param codecsMax most blocks at once, 1 to 256
     */
    public Lz4Encoding(int codecsMax) {
        this(codecsMax, library());
    }

    Lz4Encoding(int codecsMax, LZ4Factory library) {
        pool = new CodecPool("encoding.v1", () -> new Lz4Codec(library), codecsMax);
        coder = new FrameCoder(CODEC_ID, pool);
    }

    @Modified
    void modified(Config config) {
        pool.resize(codecsMax(config));
    }

    /** Refuses new calls, lets those in flight end, releases everything. Twice is fine. */
    @Deactivate
    public void deactivate() {
        int left = pool.close(STOP_TIMEOUT);
        if (left > 0) {
            LOG.warn("stop.survivors provider=encoding.v1 calls={} waited={}", left, STOP_TIMEOUT);
        }
    }

    @Override
    public int codecId() {
        return CODEC_ID;
    }

    @Override
    public int encode(ByteBuffer block, ByteBuffer frame) {
        return coder.encode(block, frame);
    }

    @Override
    public int decode(ByteBuffer frame, ByteBuffer block) {
        return coder.decode(frame, block);
    }

    @Override
    public void prepare(SwapContext swap) {
        coder.probe();
    }

    @Override
    public void probe() {
        coder.probe();
    }

    private static int codecsMax(Config config) {
        int max = config.codecs_max();
        Check.argument(max >= 0 && max <= 256, "codecs.max %d is not in 0..256; 0 is one a core", max);
        return max == 0 ? Runtime.getRuntime().availableProcessors() : max;
    }

    private static LZ4Factory library() {
        try {
            return LZ4Factory.nativeInstance();
        } catch (LinkageError | UnsupportedOperationException e) {
            LOG.warn("encoding.v1 native=false reason=\"{}\" effect=\"slower by half\"", e.toString());
            return LZ4Factory.safeInstance();
        }
    }
}
