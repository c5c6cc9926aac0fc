// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.disni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.dwcp.transport.v1.rdma.Verbs;

/**
 * Loads DiSNI: its Java half, which lies in this bundle, and its native half, which a user installs. The classes are defined by this loader and not by
 * the bundle's, because a class whose native library is missing can never be initialised again: with this loader the failed class goes too. Looks for the
 * native library also where the JVM does not.
 */
public final class DisniLoader extends ClassLoader {
    /** The native half's file. */
    static final String FILE = "libdisni.so";
    /** Where a build from source or a package puts it, beside the folders of {@code java.library.path}. */
    private static final List<String> USUAL = List.of("/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
            "/opt/disni/lib");
    private static final List<String> OWN = List.of("com.ibm.disni.", "org.dwcp.transport.v1.disni.DisniVerbs");

    private final Path file;

    private DisniLoader(Path file) {
        super(DisniLoader.class.getClassLoader());
        this.file = file;
    }

    /** Folders where the native half is looked for. */
    static List<Path> folders() {
        var folders = new ArrayList<Path>();
        for (var name : System.getProperty("java.library.path", "").split(java.io.File.pathSeparator)) {
            if (!name.isBlank()) {
                folders.add(Path.of(name));
            }
        }
        USUAL.forEach(name -> folders.add(Path.of(name)));
        return folders.stream().distinct().toList();
    }

    private static Optional<Path> find(List<Path> folders) {
        return folders.stream().map(folder -> folder.resolve(FILE)).filter(Files::isReadable).map(Path::toAbsolutePath).findFirst();
    }

    /**
     * Tells why DiSNI cannot be there, without loading anything.
     *
     * @return words, or empty when its file is there
     */
    public static Optional<String> absent() {
        return absent(folders());
    }

    static Optional<String> absent(List<Path> folders) {
        return find(folders).isPresent() ? Optional.empty() : Optional.of(FILE + " is neither in java.library.path nor in " + String.join(" ", USUAL));
    }

    /**
     * Loads it.
     *
     * @return its calls
     * @throws UnsatisfiedLinkError when it is missing or does not load; the message says why
     */
    public static Verbs load() {
        return load(folders());
    }

    static Verbs load(List<Path> folders) {
        var file = find(folders).orElseThrow(() -> new UnsatisfiedLinkError(absent(folders).orElseThrow()));
        try {
            return load(file);
        } catch (UnsatisfiedLinkError e) {
            if (!String.valueOf(e.getMessage()).contains("already loaded in another classloader")) {
                throw e;
            }
        }
        return loadCopy(file);
    }

    /** A file belongs to the first loader that loads it. Another version of this bundle may be that, so this one takes a copy: the library has no state. */
    private static Verbs loadCopy(Path file) {
        try {
            var copy = Files.copy(file, Files.createTempFile("libdisni", ".so"), StandardCopyOption.REPLACE_EXISTING);
            try {
                return load(copy);
            } finally {
                Files.delete(copy); // the process keeps what it has loaded
            }
        } catch (IOException e) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError("another loader has " + file + ", and it cannot be copied: " + e).initCause(e);
        }
    }

    private static Verbs load(Path file) {
        try {
            return (Verbs) new DisniLoader(file).loadClass(OWN.get(1)).getConstructor().newInstance();
        } catch (java.lang.reflect.InvocationTargetException e) {
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError(file + " cannot be used: " + e.getCause().getMessage()).initCause(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (OWN.stream().noneMatch(name::startsWith)) {
                return super.loadClass(name, resolve);
            }
            var known = findLoadedClass(name);
            return known != null ? known : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            var bytes = in.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length, DisniLoader.class.getProtectionDomain());
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    @Override
    protected String findLibrary(String library) {
        return library.equals("disni") ? file.toString() : null;
    }
}
