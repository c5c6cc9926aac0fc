// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.dwcp.api.NodeId;

/**
 * What proves on a connection without TLS who its ends are: a key that only they know, because one made it and gave it to the other over TLS.
 * Never logged.
 *
 * @param id   names it on the wire, {@link #ID_BYTES} random bytes
 * @param key  {@link #KEY_BYTES} random bytes
 * @param peer who is at the other end
 */
record Ticket(ByteBuffer id, byte[] key, NodeId peer) {
    static final int ID_BYTES = 16;
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 16;
    static final int PROOF_BYTES = 32;

    /** Who proves; a proof of one end is none of the other. */
    enum End { OPENER, ACCEPTOR }

    /** Proves knowledge of the key for one connection: HMAC-SHA-256 (RFC 2104) over end, id and both ends' nonces. */
    byte[] proof(End end, byte[] openersNonce, byte[] acceptorsNonce) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(("dwcp lane " + end).getBytes(StandardCharsets.US_ASCII));
            mac.update(id.duplicate());
            mac.update(openersNonce);
            mac.update(acceptorsNonce);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    boolean isProof(byte[] proof, End end, byte[] openersNonce, byte[] acceptorsNonce) {
        return MessageDigest.isEqual(proof, proof(end, openersNonce, acceptorsNonce));
    }

    @Override
    public String toString() {
        return "ticket for " + peer;
    }
}
