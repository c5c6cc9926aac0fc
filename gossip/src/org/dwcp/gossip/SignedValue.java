// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import org.dwcp.api.NodeId;

/**
 * A value with its owner's signature, as it travels. Immutable; its arrays are never written to. Of two with the same owner and name the greater version is
 * newer; an owner that signs two contents under one version makes the greater digest the newer one, so that all nodes still end with the same.
 */
final class SignedValue {
    private static final String DOMAIN = "dwcp.gossip.value.1";

    private final NodeId owner;
    private final String name;
    private final long version;
    private final long writtenMs;
    private final long expiresMs;
    private final boolean removed;
    private final byte[] bytes;
    private final byte[] chain;
    private final byte[] signature;
    private final long digest;

    /**
     * Makes a value.
     *
     * @param writtenMs when, wall time of the owner
     * @param expiresMs until when it counts
     * @param removed   true for one that says that the name is gone
     * @param bytes     the content
     * @param chain     the owner's certificates, see {@link CertificateSeal}
     * @param signature over {@link #signed}
     */
    SignedValue(NodeId owner, String name, long version, long writtenMs, long expiresMs, boolean removed, byte[] bytes, byte[] chain, byte[] signature) {
        this.owner = owner;
        this.name = name;
        this.version = version;
        this.writtenMs = writtenMs;
        this.expiresMs = expiresMs;
        this.removed = removed;
        this.bytes = bytes;
        this.chain = chain;
        this.signature = signature;
        digest = ByteBuffer.wrap(sha256(signed(""))).getLong();
    }

    private SignedValue(SignedValue from, byte[] chain, byte[] signature) {
        this.owner = from.owner;
        this.name = from.name;
        this.version = from.version;
        this.writtenMs = from.writtenMs;
        this.expiresMs = from.expiresMs;
        this.removed = from.removed;
        this.bytes = from.bytes;
        this.chain = chain;
        this.signature = signature;
        this.digest = from.digest;
    }

    SignedValue with(byte[] otherChain, byte[] otherSignature) {
        return new SignedValue(this, otherChain, otherSignature);
    }

    /** What is signed: everything but certificates and signature, each part with its length, for one cluster only. */
    byte[] signed(String cluster) {
        var content = new ByteArrayOutputStream(128 + bytes.length);
        try (var out = new DataOutputStream(content)) {
            out.writeUTF(DOMAIN);
            out.writeUTF(cluster);
            out.writeUTF(owner.value());
            out.writeUTF(name);
            out.writeLong(version);
            out.writeLong(writtenMs);
            out.writeLong(expiresMs);
            out.writeBoolean(removed);
            out.writeInt(bytes.length);
            out.write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e); // memory does not fail
        }
        return content.toByteArray();
    }

    static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    Mark mark() {
        return new Mark(owner, name, version, digest);
    }

    /** Bytes that it takes on the wire and, roughly, in memory. */
    int size() {
        return 64 + owner.value().length() + name.getBytes(StandardCharsets.UTF_8).length + bytes.length + chain.length + signature.length;
    }

    NodeId owner() {
        return owner;
    }

    String name() {
        return name;
    }

    long version() {
        return version;
    }

    long writtenMs() {
        return writtenMs;
    }

    long expiresMs() {
        return expiresMs;
    }

    boolean removed() {
        return removed;
    }

    byte[] bytes() {
        return bytes;
    }

    byte[] chain() {
        return chain;
    }

    byte[] signature() {
        return signature;
    }

    long digest() {
        return digest;
    }

    @Override
    public String toString() {
        return owner + "/" + name + " version " + version + (removed ? " removed" : ", " + bytes.length + " bytes");
    }
}
