// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

import javax.crypto.KeyAgreement;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.MemberKeys;

/** This node's member keys, made once and kept in a file that only the node's user reads. Immutable. */
final class KeyStoreFile implements MemberKeys {
    private final KeyPair signing;
    private final KeyPair agreement;
    private final Member self;

    private KeyStoreFile(NodeId node, KeyPair signing, KeyPair agreement) {
        this.signing = signing;
        this.agreement = agreement;
        self = Member.of(node, signing.getPublic(), agreement.getPublic());
    }

    static KeyStoreFile open(NodeId node, Path folder) {
        var file = folder.resolve("member.key");
        try {
            return Files.exists(file) ? read(node, Files.readAllBytes(file)) : make(node, file);
        } catch (IOException | GeneralSecurityException e) {
            throw new ConsensusException(Reason.STORAGE, "member keys in " + file + " cannot be read or made: " + e);
        }
    }

    private static KeyStoreFile make(NodeId node, Path file) throws IOException, GeneralSecurityException {
        var keys = new KeyStoreFile(node, KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), KeyPairGenerator.getInstance("X25519").generateKeyPair());
        byte[] bytes = Items.bytes(out -> {
            for (KeyPair pair : new KeyPair[] {keys.signing, keys.agreement}) {
                Items.writeBlock(out, pair.getPublic().getEncoded());
                Items.writeBlock(out, pair.getPrivate().getEncoded());
            }
        });
        var part = file.resolveSibling("member.key.part");
        Files.deleteIfExists(part);
        Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(bytes));
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return keys;
    }

    private static KeyStoreFile read(NodeId node, byte[] bytes) throws GeneralSecurityException {
        byte[][] blocks = Items.read("member keys", bytes, in -> new byte[][] {Items.readBlock(in, 1_000), Items.readBlock(in, 1_000), Items.readBlock(in, 1_000),
                Items.readBlock(in, 1_000)});
        return new KeyStoreFile(node, pair("Ed25519", blocks[0], blocks[1]), pair("X25519", blocks[2], blocks[3]));
    }

    private static KeyPair pair(String algorithm, byte[] open, byte[] secret) throws GeneralSecurityException {
        var factory = KeyFactory.getInstance(algorithm);
        PublicKey publicKey = factory.generatePublic(new X509EncodedKeySpec(open));
        PrivateKey privateKey = factory.generatePrivate(new PKCS8EncodedKeySpec(secret));
        return new KeyPair(publicKey, privateKey);
    }

    @Override
    public Member self() {
        return self;
    }

    @Override
    public byte[] sign(byte[] message) {
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initSign(signing.getPrivate());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new ConsensusException(Reason.STORAGE, "the member key does not sign: " + e);
        }
    }

    @Override
    public byte[] agree(Member other) {
        try {
            var secret = KeyAgreement.getInstance("X25519");
            secret.init(agreement.getPrivate());
            secret.doPhase(other.agreementPublicKey(), true);
            return secret.generateSecret();
        } catch (GeneralSecurityException e) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, "no secret with " + other + ": " + e.getMessage());
        }
    }
}
