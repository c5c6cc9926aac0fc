// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.nio.ByteBuffer;

import org.dwcp.api.NodeId;

/** Signatures that cost nothing, for simulations: nobody in the test makes one for another's name. */
final class FakeSeal implements Seal {
    private final NodeId self;

    FakeSeal(NodeId self) {
        this.self = self;
    }

    @Override
    public SignedValue sign(SignedValue value) {
        return value.with(new byte[] {1}, signature(self, value));
    }

    static byte[] signature(NodeId signer, SignedValue value) {
        return ByteBuffer.allocate(8).putLong(value.digest() ^ signer.value().hashCode() * 0x9e37_79b9_7f4a_7c15L).array();
    }

    @Override
    public Verdict check(SignedValue value, long wallMs) {
        if (value.chain().length == 0) {
            return Verdict.NOT_TRUSTED;
        }
        return java.util.Arrays.equals(value.signature(), signature(value.owner(), value)) ? Verdict.GOOD : Verdict.FORGED;
    }
}
