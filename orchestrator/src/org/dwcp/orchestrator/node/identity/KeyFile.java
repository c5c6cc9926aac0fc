// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

import javax.crypto.spec.PBEParameterSpec;

import org.dwcp.api.DwcpException;

/**
 * Credentials on disk: {@code NAME.p12} and, beside it, {@code NAME.password}. Both are born with mode 600 and appear whole or not at all; the
 * password comes first, so that a key file that is there can always be opened.
 */
final class KeyFile {
    private static final String KEY_ALIAS = "key";
    private static final String AUTHORITY_ALIAS = "authority-";
    private static final int PASSWORD_BYTES = 24;
    private static final int SALT_BYTES = 16;
    private static final String PROTECTION = "PBEWithHmacSHA256AndAES_256";
    /** The least that RFC 8018 section 4.2 allows: more rounds slow a guesser of passwords, and nobody guesses 192 random bits. */
    private static final int ROUNDS = 1_000;

    private final Path file;

    KeyFile(Path file) {
        this.file = file;
    }

    Path path() {
        return file;
    }

    boolean exists() {
        return Files.exists(file);
    }

    Path passwordPath() {
        var name = file.getFileName().toString();
        return file.resolveSibling((name.endsWith(".p12") ? name.substring(0, name.length() - 4) : name) + ".password");
    }

    void write(Credentials credentials) {
        var random = new byte[PASSWORD_BYTES];
        var salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(random);
        new SecureRandom().nextBytes(salt);
        var password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setEntry(KEY_ALIAS, new KeyStore.PrivateKeyEntry(credentials.key(), credentials.chain().toArray(Certificate[]::new)),
                    new KeyStore.PasswordProtection(password.toCharArray(), PROTECTION, new PBEParameterSpec(salt, ROUNDS)));
            for (var index = 0; index < credentials.authorities().size(); index++) {
                store.setCertificateEntry(AUTHORITY_ALIAS + index, credentials.authorities().get(index));
            }
            var bytes = new ByteArrayOutputStream();
            store.store(bytes, password.toCharArray());
            makePrivateFolder(file.toAbsolutePath().getParent());
            writePrivate(passwordPath(), (password + "\n").getBytes(StandardCharsets.US_ASCII));
            writePrivate(file, bytes.toByteArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE,
                    "key file " + file + " cannot be written (" + e + "); check the owner and the free space of its folder", e);
        }
    }

    Credentials read() {
        try {
            var password = Files.readString(passwordPath()).strip().toCharArray();
            var store = KeyStore.getInstance("PKCS12");
            try (var in = Files.newInputStream(file)) {
                store.load(in, password);
            }
            if (!(store.getKey(KEY_ALIAS, password) instanceof PrivateKey key)) {
                throw new GeneralSecurityException("it has no private key '" + KEY_ALIAS + "'");
            }
            var chain = new ArrayList<X509Certificate>();
            for (var certificate : store.getCertificateChain(KEY_ALIAS)) {
                chain.add((X509Certificate) certificate);
            }
            var authorities = new ArrayList<X509Certificate>();
            for (var alias : Collections.list(store.aliases())) {
                if (store.isCertificateEntry(alias)) {
                    authorities.add((X509Certificate) store.getCertificate(alias));
                }
            }
            if (authorities.isEmpty()) {
                authorities.add(chain.getLast());
            }
            return new Credentials(key, chain, authorities);
        } catch (IOException | GeneralSecurityException e) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "key file " + file + " cannot be read (" + e.getMessage() + "); it needs "
                    + passwordPath().getFileName() + " beside it, both readable by this user. Copy both again from the enrolment", e);
        }
    }

    /** Makes a folder that only its owner enters; one that is there keeps its mode. */
    static void makePrivateFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            Files.createDirectory(folder, mode(folder, "rwx------"));
        }
    }

    private static void writePrivate(Path target, byte[] bytes) throws IOException {
        var part = target.resolveSibling(target.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, mode(part, "rw-------"));
        Files.write(part, bytes, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** File systems without POSIX modes keep their own defaults. */
    private static FileAttribute<?>[] mode(Path path, String mode) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }

    static List<Path> below(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".p12")).sorted().toList();
        }
    }
}
