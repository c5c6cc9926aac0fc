// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.image.Baseline;
import org.dwcp.migration.image.ImagePack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Packs that peers have asked for and will fetch. The last few are kept; the same question makes the same pack, so a lost one comes again. Thread-safe. */
final class Prepared {
    /** Most packs that wait to be fetched. Source: chosen; each may have the size of an image. */
    static final int PACKS_MAX = 8;
    private static final Logger LOG = LoggerFactory.getLogger(Prepared.class);

    private final Depot depot;
    private final Map<String, Pack> packs = new LinkedHashMap<>();

    Prepared(Depot depot) {
        this.depot = depot;
    }

    /**
     * A pack.
     *
     * @param key    32 hexadecimal digits that follow from what is in it and who gets it
     * @param peer   who may fetch it
     * @param file   where it lies
     * @param packed what it holds
     */
    record Pack(String key, NodeId peer, Path file, ImagePack.Packed packed) {
    }

    Pack make(NodeId peer, Version version, ImagePack.Known known, byte[] bits, LongConsumer progress) throws IOException {
        String key = PackFlows.key("pull", peer, version.name(), version.sha256(), known.base().map(Baseline::sha256).orElse(ChunkId.NONE), bits).hex();
        Path file = depot.out().resolve("prepared-" + key);
        Path fresh = depot.out().resolve("preparing-" + key + "-" + Thread.currentThread().threadId());
        ImagePack.Packed packed;
        try {
            packed = depot.store().pack(version, known, fresh, progress);
            PackFlows.stamp(fresh, version.createdMs());
        } catch (ChunkLostException e) {
            Files.deleteIfExists(fresh);
            throw new TransferException(Kind.REJECTED, "image '" + version.name() + "' is damaged: " + e.getMessage());
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw Depot.explained(e, depot.out());
        } catch (RuntimeException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        Pack pack = new Pack(key, peer, file, packed);
        synchronized (packs) {
            if (Files.exists(file) && packs.containsKey(key)) {
                Files.delete(fresh); // it may be on its way
            } else {
                Files.move(fresh, file);
            }
            packs.remove(key);
            packs.put(key, pack);
            Iterator<Pack> oldest = packs.values().iterator();
            while (packs.size() > PACKS_MAX) {
                Pack old = oldest.next();
                oldest.remove();
                delete(old);
            }
        }
        return pack;
    }

    /** The pack with this key, if it is the peer's. */
    Optional<Pack> find(NodeId peer, String key) {
        synchronized (packs) {
            return Optional.ofNullable(packs.get(key)).filter(pack -> pack.peer().equals(peer));
        }
    }

    /** The peer has it. */
    void done(String key) {
        synchronized (packs) {
            Pack pack = packs.remove(key);
            if (pack != null) {
                delete(pack);
            }
        }
    }

    private static void delete(Pack pack) {
        try {
            Files.deleteIfExists(pack.file());
        } catch (IOException e) {
            LOG.warn("pack file={} not removed: {}", pack.file(), e.toString());
        }
    }
}
