// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

import com.github.luben.zstd.util.Native;
import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.SwapContext;
import org.dwcp.api.encoding.EffortAdvisor;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.EncodingStats;
import org.dwcp.api.encoding.FrameHeader;
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
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encoding for size. A block for a peer whose bandwidth is known is compressed with the effort that a trained model says takes the least time ({@link
 * EffortChooser}); any other at the level of the node's mode at that moment, which without a mode detector is HYBRID. The effort is the sender's affair
 * alone: a frame says by itself how it is to be decoded.
 */
@Component(service = Encoding.class, configurationPid = ZstdEncoding.PID)
@EncodingProvider(dwcp_provider = "encoding.v3", dwcp_version = "3.0.0", dwcp_modes = {"v3", "internet", "hybrid"},
        dwcp_capabilities = {"codec=3", "zstd"})
@Designate(ocd = ZstdEncoding.Config.class)
public final class ZstdEncoding implements Encoding {
    static final String PID = "org.dwcp.encoding.v3";
    static final int CODEC_ID = 3;
    static final String MODEL_FILE = "cost.model";
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

        @AttributeDefinition(options = {@Option(label = "learned", value = "learned"), @Option(label = "mode", value = "mode")},
                description = "Effort for blocks to a peer whose bandwidth is known: learned, what takes the least time; mode, the level as for all others.")
        String choice() default ZstdSettings.LEARNED;

        @AttributeDefinition(min = "0", max = "256", description = "Most blocks at once; 0 is one a core. Each holds 1 MiB at level 3, 10 at 9, 17 at 19.")
        int codecs_max() default 0;
    }

    private final boolean supported = nativesLoad();
    private final Optional<CostModel> model;
    private final Choices choices = new Choices("encoding.v3");
    private final LinkRates rates = new LinkRates();
    private final Optional<LZ4Factory> lz4 = lz4();
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
        this(settings, trained());
    }

    /**
     * Makes one with a model of its own.
     *
     * @param settings levels and bound
     * @param model    what chooses; empty for the mode's levels
     */
    public ZstdEncoding(ZstdSettings settings, Optional<CostModel> model) {
        this.settings = settings;
        this.model = model;
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

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindAdvisor(EffortAdvisor service) {
        choices.advisor(service);
    }

    /** Bind of the new one comes before unbind of the old one. */
    void unbindAdvisor(EffortAdvisor service) {
        choices.withdraw(service);
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
        return encode(block, frame, 0);
    }

    @Override
    public int encode(ByteBuffer block, ByteBuffer frame, NodeId peer) {
        return encode(block, frame, settings.learns() ? rates.bps(detector, peer) : 0);
    }

    /**
     * Encodes for a link.
     *
     * @param block        the block
     * @param frame        gets the frame
     * @param bandwidthBps available bandwidth in bits a second; 0 for the level of the mode
     * @return bytes written
     */
    public int encode(ByteBuffer block, ByteBuffer frame, long bandwidthBps) {
        int rawBytes = block.remaining();
        int written = coder.encode(block, frame, bandwidthBps);
        if (rawBytes < FrameCoder.SHRINKABLE_BYTES_MIN) {
            choices.chose(Effort.STORE, "a block under " + FrameCoder.SHRINKABLE_BYTES_MIN + " bytes", 0, 0, 0);
        } else if (bandwidthBps == 0 || model.isEmpty() || rawBytes < ZstdCodec.CHOOSABLE_BYTES_MIN) {
            choices.chose(Effort.level(level()), "the level of the mode", 0, 0, 0);
        }
        choices.encoded(rawBytes, written - FrameHeader.BYTES);
        return written;
    }

    @Override
    public Optional<EncodingStats> stats() {
        return Optional.of(choices.stats());
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
        return new ZstdCodec(this::level, model.map(costs -> new EffortChooser(choices, costs, settings.codecsMax(), lz4.isPresent())),
                new Lz4Frame(lz4.orElseGet(LZ4Factory::safeInstance)));
    }

    /** The model of this bundle; without it, or when it cannot be read, the mode's levels hold. */
    private static Optional<CostModel> trained() {
        try (var file = ZstdEncoding.class.getResourceAsStream(MODEL_FILE)) {
            if (file == null) {
                LOG.warn("encoding.v3 model={} is missing; levels follow the mode", MODEL_FILE);
                return Optional.empty();
            }
            return Optional.of(CostModel.read(file));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("encoding.v3 model={} cannot be used; levels follow the mode: {}", MODEL_FILE, e.toString());
            return Optional.empty();
        }
    }

    /** LZ4's native code; the Java one decodes what comes, but is too slow to be chosen. */
    private static Optional<LZ4Factory> lz4() {
        try {
            return Optional.of(LZ4Factory.nativeInstance());
        } catch (LinkageError | UnsupportedOperationException e) {
            LOG.warn("encoding.v3 lz4.native=false reason=\"{}\" effect=\"LZ4 is not chosen\"", e.toString());
            return Optional.empty();
        }
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
