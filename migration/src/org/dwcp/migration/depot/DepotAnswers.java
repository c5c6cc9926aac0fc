// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.image.Baseline;
import org.dwcp.migration.image.ImagePack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what peers, and this node itself, ask about images. Nothing that comes in is believed before it was checked. Thread-safe. */
public final class DepotAnswers implements CallHandler {
    /** Name of the method. */
    public static final String METHOD = ImageWire.METHOD;
    private static final Logger LOG = LoggerFactory.getLogger(DepotAnswers.class);

    private final Depot depot;
    private final Prepared prepared;

    public DepotAnswers(Depot depot) {
        this.depot = depot;
        prepared = depot.prepared();
    }

    @Override
    public byte[] handle(NodeId peer, byte[] body) {
        return ImageWire.read(body, in -> {
            byte format = in.get();
            ImageWire.require(format == ImageWire.FORMAT, "format %d is unknown; this node speaks " + ImageWire.FORMAT, format);
            byte operation = in.get();
            return switch (operation) {
                case ImageWire.LIST -> list(in);
                case ImageWire.HAVE -> have(in);
                case ImageWire.OUTLINE -> outline(in);
                case ImageWire.TAKE -> take(peer, in);
                case ImageWire.PREPARE -> prepare(peer, in);
                case ImageWire.VERIFY -> verify(peer, in);
                default -> throw new TransferException(Kind.REJECTED, "message about images: operation " + operation + " is unknown");
            };
        });
    }

    private ChunkStore chunks() {
        return depot.store().chunks();
    }

    private byte[] list(ByteBuffer in) {
        String name = ImageWire.text(in, 200);
        int from = ImageWire.place(in);
        List<Version> all = name.isEmpty() ? chunks().versions().list() : chunks().versions().list(name);
        List<Version> page = all.subList(Math.min(from, all.size()), Math.min(all.size(), from + ImageWire.VERSIONS_MAX));
        ByteBuffer out = ByteBuffer.allocate(12 + page.stream().mapToInt(version -> ImageWire.size(version.name()) + 52).sum());
        out.putInt(chunks().chunks()).putInt(all.size()).putInt(page.size());
        for (Version version : page) {
            ImageWire.text(out, version.name());
            version.sha256().write(out);
            out.putLong(version.bytes()).putLong(version.createdMs()).putInt(version.chunks());
        }
        return out.array();
    }

    private byte[] have(ByteBuffer in) {
        int count = ImageWire.count(in, ImageWire.HALVES_MAX, 16);
        byte[] bits = new byte[(count + 7) / 8];
        ChunkStore chunks = chunks();
        for (int i = 0; i < count; i++) {
            if (chunks.contains(new ChunkId(in.getLong(), in.getLong(), 0, 0))) {
                bits[i / 8] |= (byte) (1 << i % 8);
            }
        }
        return bits;
    }

    private Version version(String name, ChunkId sha256) {
        return chunks().versions().find(name, sha256).orElseThrow(() -> new TransferException(Kind.REJECTED,
                "version " + sha256 + " of image '" + name + "' is not kept any more"));
    }

    private Recipe recipe(Version version) {
        try {
            return chunks().versions().recipe(version);
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, "version " + version.sha256() + " of image '" + version.name() + "' cannot be read: " + Texts.of(e));
        }
    }

    private byte[] outline(ByteBuffer in) {
        Version version = version(ImageWire.name(in), ImageWire.id(in));
        int width = in.getInt();
        ImageWire.require(width == 8 || width == 16, "id of %d bytes is none", width);
        int from = ImageWire.place(in);
        Recipe recipe = recipe(version);
        int count = Math.clamp(recipe.count() - (long) from, 0, ImageWire.HALVES_MAX * 16 / width);
        ByteBuffer out = ByteBuffer.allocate(4 + count * width).putInt(count);
        for (int place = from; place < from + count; place++) {
            ChunkId id = recipe.id(place);
            out.putLong(id.a());
            if (width == 16) {
                out.putLong(id.b());
            }
        }
        return out.array();
    }

    private byte[] take(NodeId peer, ByteBuffer in) {
        Works.Key key = new Works.Key(peer, ImageWire.TAKE, in.getLong());
        String name = ImageWire.name(in);
        ChunkId sha256 = ImageWire.id(in);
        FlowId flow = new FlowId(in.getLong(), in.getLong());
        long bytes = in.getLong();
        return depot.works().look(key, bytes, progress -> {
            Path pack = depot.incoming(peer, flow);
            Version taken;
            if (!flow.equals(FlowId.NONE) && Files.exists(pack)) {
                try {
                    taken = depot.store().take(pack, name, Optional.empty(), depot.clock().now().toEpochMilli(), progress);
                } finally {
                    // It is in the store, or no good; only a node that stops takes it up again.
                    if (!Thread.currentThread().isInterrupted()) {
                        Files.deleteIfExists(pack);
                    }
                }
            } else {
                taken = chunks().versions().find(name, sha256).orElseThrow(() -> new TransferException(Kind.RETRY, "the pack of image '" + name
                        + "' is not here any more; send the image whole"));
                depot.store().verify(taken, progress).ifPresent(why -> {
                    throw new TransferException(Kind.RETRY, "image '" + name + "' is damaged: " + why);
                });
                chunks().commit(recipe(taken).at(depot.clock().now().toEpochMilli())); // what was pushed last is the newest
            }
            if (!taken.sha256().equals(sha256)) {
                throw new TransferException(Kind.REJECTED, "pack of image '" + name + "' holds version " + taken.sha256() + ", not " + sha256);
            }
            LOG.info("image kept name={} version={} peer={} bytes={} chunks={}", name, taken.sha256(), peer, taken.bytes(), taken.chunks());
            return new byte[0];
        });
    }

    private byte[] prepare(NodeId peer, ByteBuffer in) {
        Works.Key key = new Works.Key(peer, ImageWire.PREPARE, in.getLong());
        Version version = version(ImageWire.name(in), ImageWire.id(in));
        Optional<Version> base = Optional.empty();
        if (in.get() != 0) {
            base = Optional.of(version(ImageWire.name(in), ImageWire.id(in)));
        }
        byte[] bits = new byte[ImageWire.count(in, (Recipe.CHUNKS_MAX + 7) / 8, 1)];
        in.get(bits);
        Optional<Version> based = base;
        return depot.works().look(key, version.bytes(), progress -> {
            var known = new ImagePack.Known(based.map(this::recipe).map(Baseline::of), BitSet.valueOf(bits));
            Prepared.Pack pack = prepared.make(peer, version, known, bits, progress);
            ImagePack.Packed packed = pack.packed();
            ByteBuffer out = ByteBuffer.allocate(2 + 32 + 32);
            ImageWire.text(out, pack.key());
            return ImageWire.bytes(out.putLong(packed.bytes()).putLong(packed.dataBytes()).putLong(packed.freshBytes()).putLong(packed.packBytes()));
        });
    }

    private byte[] verify(NodeId peer, ByteBuffer in) {
        Works.Key key = new Works.Key(peer, ImageWire.VERIFY, in.getLong());
        String name = ImageWire.name(in);
        List<Version> versions = chunks().versions().list(name);
        return depot.works().look(key, versions.stream().mapToLong(Version::bytes).sum(), progress -> {
            if (versions.isEmpty()) {
                throw unknown(depot, name);
            }
            List<String> wrong = new ArrayList<>();
            long before = 0;
            for (Version version : versions) {
                long base = before;
                depot.store().verify(version, bytes -> progress.accept(base + bytes))
                        .ifPresent(why -> wrong.add("version " + version.sha256() + ": " + why));
                before += version.bytes();
            }
            String text = String.join("; ", wrong);
            ByteBuffer out = ByteBuffer.allocate(4 + ImageWire.size(text)).putInt(versions.size() - wrong.size());
            return ImageWire.text(out, text).array();
        });
    }

    /** Says that there is no such image, and what there is. */
    static TransferException unknown(Depot depot, String name) {
        List<String> names = depot.store().chunks().versions().list().stream().map(Version::name).distinct().limit(20).toList();
        return new TransferException(Kind.REJECTED, "there is no image '" + name + "'; there is " + names);
    }
}
