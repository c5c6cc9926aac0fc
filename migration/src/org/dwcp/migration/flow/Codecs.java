// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.TransferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes chunk by chunk with what the route says and the peer can decode, and decodes with whatever wrote the frame. A chunk that cannot be
 * encoded travels as it is: an encoding can make a transfer smaller, never make it fail. Thread-safe.
 */
final class Codecs {
    private static final Logger LOG = LoggerFactory.getLogger(Codecs.class);

    private final ModeAwareAdapter adapter;
    private final Peers peers;
    private final Route<Encoding> route;
    private final Map<Integer, String> decoders = new ConcurrentHashMap<>();

    Codecs(ModeAwareAdapter adapter, Peers peers) {
        this.adapter = adapter;
        this.peers = peers;
        route = adapter.route(Encoding.SLOT);
    }

    /**
     * Encodes a chunk.
     *
     * @param refused codecs that the peer could not decode
     * @param raw     the chunk; its position stays
     * @param frame   gets the frame, position 0 to its end, when it is worth it
     * @return provider that was used, with {@code encoded} false when the raw bytes are to be sent
     */
    Result encode(NodeId peer, RouteKey key, Set<Integer> refused, ByteBuffer raw, ByteBuffer frame) {
        try (Lease<Encoding> lease = route.lease(key, info -> suits(peer, info, refused))) {
            try {
                Encoding encoding = lease.provider();
                if (encoding.codecId() == 0 || encoding.frameBytesMax(raw.remaining()) > frame.capacity()) {
                    return new Result(lease.providerName(), false);
                }
                frame.clear();
                int written = encoding.encode(raw.duplicate(), frame, peer);
                frame.flip();
                return new Result(lease.providerName(), written < raw.remaining() && written == frame.remaining());
            } catch (RuntimeException e) {
                lease.failed(e);
                LOG.debug("encode provider={} bytes={} failed, sent as it is: {}", lease.providerName(), raw.remaining(), e.toString());
                return new Result("", false);
            }
        } catch (DwcpException _) {
            return new Result("", false); // no encoding that both ends have
        }
    }

    /** The peer has the same codec, under whatever name. */
    private boolean suits(NodeId peer, ProviderInfo info, Set<Integer> refused) {
        String codec = info.capability(Encoding.CODEC).orElse("");
        return !codec.isEmpty() && (refused.isEmpty() || !refused.contains(number(codec)))
                && peers.find(peer).filter(found -> has(found, Encoding.CODEC + "=" + codec)).isPresent();
    }

    private static boolean has(PeerInfo peer, String capability) {
        return peer.providers().stream().anyMatch(p -> p.slot().equals(Encoding.SLOT.name()) && p.capabilities().contains(capability));
    }

    private static int number(String codec) {
        try {
            return Integer.parseInt(codec);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    /**
     * Decodes a frame into a buffer with room for its raw bytes.
     *
     * @return provider that decoded it
     * @throws DwcpException when no provider knows the codec or the frame is broken
     */
    String decode(ByteBuffer frame, ByteBuffer raw) {
        int codec = FrameHeader.read(frame.duplicate()).codecId();
        try (Lease<Encoding> lease = lease(codec)) {
            try {
                lease.provider().decode(frame, raw);
                return lease.providerName();
            } catch (DwcpException e) {
                lease.failed(e);
                throw e;
            } catch (RuntimeException e) {
                lease.failed(e);
                throw new TransferException(Kind.BROKEN, lease.providerName() + " could not decode a chunk: " + e);
            }
        }
    }

    private Lease<Encoding> lease(int codec) {
        String known = decoders.computeIfAbsent(codec, this::find);
        try {
            return route.leaseNamed(known);
        } catch (DwcpException _) {
            decoders.remove(codec); // taken out meanwhile; another may know the codec
            return route.leaseNamed(decoders.computeIfAbsent(codec, this::find));
        }
    }

    private String find(int codec) {
        String wanted = Integer.toString(codec);
        return adapter.slots().stream().filter(slot -> slot.slot().equals(Encoding.SLOT.name())).flatMap(slot -> slot.providers().stream())
                .filter(info -> info.capability(Encoding.CODEC).filter(wanted::equals).isPresent()).map(ProviderInfo::name).findFirst()
                .orElseThrow(() -> new TransferException(Kind.UNAVAILABLE, "this node has no encoding with codec " + wanted));
    }

    /** Which provider took a chunk and whether the frame is to be sent instead of the raw bytes. */
    record Result(String provider, boolean encoded) {
    }
}
