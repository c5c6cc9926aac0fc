// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v0;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.encoding.frame.Codec;
import org.dwcp.encoding.frame.EncodingProvider;
import org.dwcp.encoding.frame.FrameCoder;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The encoding that stores. It holds nothing, so there is nothing to stop. */
@Component(service = Encoding.class, configurationPid = StoredEncoding.PID)
@EncodingProvider(dwcp_provider = "encoding.v0", dwcp_version = "0.1.0", dwcp_modes = "v0", dwcp_capabilities = "codec=0")
@Designate(ocd = StoredEncoding.Config.class)
public final class StoredEncoding implements Encoding {
    static final String PID = "org.dwcp.encoding.v0";
    static final int CODEC_ID = 0;

    @ObjectClassDefinition(name = "Encoding v0", description = "Stores blocks as they are.")
    @interface Config {
        /** Returns the ranking; below v1 and v3 until the orchestrator writes one. */
        int service_ranking() default -10;
    }

    private final FrameCoder coder = new FrameCoder(CODEC_ID, new NoCodec());

    @Activate
    public StoredEncoding(Config config) {
    }

    /** Makes one outside a framework. */
    public StoredEncoding() {
    }

    /** Keeps the instance when its ranking changes. */
    @Modified
    void modified(Config config) {
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
    public void probe() {
        coder.probe();
    }

    private static final class NoCodec implements Codec {
        @Override
        public int compress(ByteBuffer block, ByteBuffer payload) {
            return DOES_NOT_SHRINK;
        }

        @Override
        public int decompress(ByteBuffer payload, ByteBuffer block) {
            throw new EncodingException(Kind.REJECTED, "frame of codec 0 claims a compressed payload; codec 0 only stores");
        }

        @Override
        public void close() {
        }
    }
}
