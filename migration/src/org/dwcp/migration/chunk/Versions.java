// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The versions of a store, one file each. A version is there when its file has its name. Thread-safe. */
public final class Versions {
    /** Most versions of all names. Source: chosen. */
    static final int ALL_MAX = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(Versions.class);
    private static final String TMP = ".tmp";

    private final StoreDisk disk;
    private final Path folder;
    private final Map<String, Version> known = new LinkedHashMap<>();
    private final Map<String, Integer> held = new LinkedHashMap<>();
    private volatile Predicate<Version> stays = _ -> false;

    Versions(StoreDisk disk, Path folder) throws IOException {
        this.disk = disk;
        this.folder = folder;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(TMP)) {
                    disk.delete(file);
                } else if (!name.endsWith(".damaged")) {
                    load(file);
                }
            }
        }
    }

    private void load(Path file) throws IOException {
        try {
            Version version = Recipe.read(file).version();
            known.put(key(version), version);
        } catch (BadPackException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".damaged");
            disk.rename(file, aside);
            LOG.error("version file={} is damaged and put aside as {}: {}; send the image again", file.getFileName(), aside.getFileName(), e.getMessage());
        }
    }

    /** File of a version: its hash, and a hash of its name, because two names may have the same bytes. */
    private static String key(Version version) {
        var digest = ChunkId.sha256();
        digest.update(version.name().getBytes(StandardCharsets.UTF_8));
        return version.sha256().hex() + "-" + ChunkId.of(digest).toString();
    }

    void add(Recipe recipe) throws IOException {
        Version version = recipe.version();
        Path file = folder.resolve(key(version));
        synchronized (this) {
            if (known.size() >= ALL_MAX && !known.containsKey(key(version))) {
                throw new TransferException(Kind.REJECTED, "store has " + ALL_MAX + " versions, its limit; remove some");
            }
            Path fresh = file.resolveSibling(file.getFileName() + TMP);
            recipe.write(disk, fresh);
            disk.rename(fresh, file);
            disk.syncFolder(folder);
            known.remove(key(version));
            known.put(key(version), version);
        }
    }

    /** Versions of a name, newest first. */
    public synchronized List<Version> list(String name) {
        List<Version> found = new ArrayList<>(known.values().stream().filter(version -> version.name().equals(name)).toList());
        found.sort(Comparator.comparingLong(Version::createdMs).reversed());
        return found;
    }

    /** All versions, by name, newest first. */
    public synchronized List<Version> list() {
        List<Version> all = new ArrayList<>(known.values());
        all.sort(Comparator.comparing(Version::name).thenComparing(Comparator.comparingLong(Version::createdMs).reversed()));
        return all;
    }

    /** A version by its name and hash. */
    public synchronized Optional<Version> find(String name, ChunkId sha256) {
        return known.values().stream().filter(version -> version.name().equals(name) && version.sha256().equals(sha256)).findFirst();
    }

    /** The recipe of a version. */
    public Recipe recipe(Version version) throws IOException {
        return Recipe.read(folder.resolve(key(version)));
    }

    /** Keeps a version from being removed until it is closed. */
    public synchronized Hold hold(Version version) {
        String key = key(version);
        if (!known.containsKey(key)) {
            throw new TransferException(Kind.REJECTED, "version " + version.sha256() + " of '" + version.name() + "' is not here; send the image whole");
        }
        held.merge(key, 1, Integer::sum);
        return () -> {
            synchronized (this) {
                held.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
            }
        };
    }

    /** Ends holding a version. */
    public interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** From now on versions for which this holds are not removed; it is asked at each removal. */
    public void keep(Predicate<Version> which) {
        stays = which;
    }

    /** Removes a version; its chunks go with the next collection. False when it is to stay, held or not there. */
    public boolean remove(Version version) throws IOException {
        String key = key(version);
        if (stays.test(version)) {
            return false;
        }
        synchronized (this) {
            if (held.containsKey(key) || known.remove(key) == null) {
                return false;
            }
            disk.delete(folder.resolve(key));
            disk.syncFolder(folder);
            return true;
        }
    }
}
