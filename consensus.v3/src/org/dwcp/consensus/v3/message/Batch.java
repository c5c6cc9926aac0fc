// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.List;

/** Requests that are ordered together. The empty batch fills a gap and changes nothing. */
public final class Batch {
    /** What fills a gap. */
    public static final Batch EMPTY = new Batch(List.of());

    private final List<Request> requests;
    private byte[] encoded;
    private Digest digest;

    /** Makes a batch. */
    public Batch(List<Request> requests) {
        this.requests = List.copyOf(requests);
    }

    /** A decoded batch: its bytes are known to encode to themselves again. */
    Batch(List<Request> requests, byte[] encoded) {
        this.requests = List.copyOf(requests);
        this.encoded = encoded;
    }

    /** The requests in their order. */
    public List<Request> requests() {
        return requests;
    }

    /** The encoded form; not to be changed. */
    synchronized byte[] encoded() {
        if (encoded == null) {
            var out = new Writer();
            out.u16(requests.size());
            requests.forEach(request -> Codec.writeRequest(out, request));
            encoded = out.bytes();
        }
        return encoded;
    }

    /** The digest of the encoded form. */
    public synchronized Digest digest() {
        if (digest == null) {
            digest = Digest.of(encoded());
        }
        return digest;
    }

    /** The size of the encoded form in bytes. */
    public int bytes() {
        return encoded().length;
    }

    /** Whether it changes the membership; such a batch holds nothing else. */
    public boolean changesMembers() {
        return requests.stream().anyMatch(request -> request.kind() == Request.Kind.MEMBERS);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Batch b && digest().equals(b.digest());
    }

    @Override
    public int hashCode() {
        return digest().hashCode();
    }

    @Override
    public String toString() {
        return digest() + "(" + requests.size() + ")";
    }
}
