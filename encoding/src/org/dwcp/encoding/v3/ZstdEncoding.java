// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.nio.ByteBuffer;
import java.time.Duration;

import com.github.luben.zstd.util.Native;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.SwapContext;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.encoding.frame.Codec;
import org.dwcp.encoding.frame.CodecPool;
import org.dwcp.encoding.frame.EncodingProvider;
import org.dwcp.encoding.frame.FrameCoder;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encoding for size. Each block is compressed at the level of the node's mode at that moment; without a mode detector that is HYBRID. The
 * level is the sender's affair alone: a frame is decoded alike whatever it was.
 */
@Component(service = Encoding.class, configurationPid = ZstdEncoding.PID)
@EncodingProvider(dwcp_provider = "encoding.v3", dwcp_version = "3.0.0", dwcp_modes = {"v3", "internet", "hybrid"},
        dwcp_capabilities = {"codec=3", "zstd"})
@Designate(ocd = ZstdEncoding.Config.class)
public final class ZstdEncoding implements Encoding {
    static final String PID = "org.dwcp.encoding.v3";
    static final int CODEC_ID = 3;
    /** Longest wait of a stop for calls in flight. Source: the 2 s of a deactivation; the slowest level takes 0.3 s for a block (ADR 16). */
    static final Duration STOP_TIMEOUT = Duration.ofMillis(1_500);

    private static final Logger LOG = LoggerFactory.getLogger(ZstdEncoding.class);

    @ObjectClassDefinition(name = "Encoding v3", description = "Zstandard frames at a level that follows the node's mode.")
    @interface Config {
        int service_ranking() default 0;

        @AttributeDefinition(min = "1", max = "22", description = "Level while the node's mode is DATACENTER.")
        int level_datacenter() default 1;

        @AttributeDefinition(min = "1", max = "22", description = "Level while the mode is HYBRID or unknown.")
        int level_hybrid() default 3;

        @AttributeDefinition(min = "1", max = "22", description = "Level while the mode is INTERNET.")
        int level_internet() default 9;

        @AttributeDefinition(min = "0", max = "256", description = "Most blocks at once; 0 is one a core. Each holds 1 MiB at level 3, 10 at 9, 17 at 19.")
        int codecs_max() default 0;
    }

    private final boolean supported = nativesLoad();
    private final CodecPool pool;
    private final FrameCoder coder;
    private volatile ZstdSettings settings;
    private volatile ModeDetector detector;

    @Activate
    public ZstdEncoding(Config config) {
        this(ZstdSettings.from(config));
    }

    /**
     * Makes one outside a framework; close it by {@link #deactivate}.
     *
     * @param settings levels and bound
     */
    public ZstdEncoding(ZstdSettings settings) {
        this.settings = settings;
        pool = new CodecPool("encoding.v3", this::codec, settings.codecsMax());
        coder = new FrameCoder(CODEC_ID, pool);
    }

    @Modified
    void modified(Config config) {
        settings = ZstdSettings.from(config);
        pool.resize(settings.codecsMax());
    }

    /** Refuses new calls, lets those in flight end, releases everything. Twice is fine. */
    @Deactivate
    public void deactivate() {
        int left = pool.close(STOP_TIMEOUT);
        if (left > 0) {
            LOG.warn("stop.survivors provider=encoding.v3 calls={} waited={}", left, STOP_TIMEOUT);
        }
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindDetector(ModeDetector service) {
        detector = service;
    }

    /** Bind of the new one comes before unbind of the old one. */
    void unbindDetector(ModeDetector service) {
        if (detector == service) {
            detector = null;
        }
    }

    @Override
    public Readiness readiness() {
        return supported ? Readiness.READY : Readiness.UNSUPPORTED;
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

    /** The level for the next block. */
    int level() {
        ModeDetector now = detector;
        return settings.level(now == null ? NetworkMode.HYBRID : mode(now));
    }

    private static NetworkMode mode(ModeDetector detector) {
        try {
            return detector.report().mode();
        } catch (DwcpException | IllegalStateException e) {
            return NetworkMode.HYBRID; // it stops just now: the block is worth more than the best level
        }
    }

    private Codec codec() {
        if (!supported) {
            throw new EncodingException(Kind.UNAVAILABLE, "zstd has no native library for this machine; use encoding.v1");
        }
        return new ZstdCodec(this::level);
    }

    private static boolean nativesLoad() {
        try {
            Native.load();
            return true;
        } catch (LinkageError e) {
            LOG.warn("encoding.v3 readiness=UNSUPPORTED reason=\"{}\"", e.toString());
            return false;
        }
    }
}
