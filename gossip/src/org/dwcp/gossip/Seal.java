// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

/** Signs own values and checks those of others. */
interface Seal {
    /** What is thought of a value. */
    enum Verdict {
        /** Its owner has signed it. */
        GOOD,
        /** The signature is missing or wrong, or by somebody else: no honest node passes it on. */
        FORGED,
        /** The certificate does not hold at this moment or here: an honest node whose clock differs may have passed it on. */
        NOT_TRUSTED
    }

    /**
     * Signs.
     *
     * @param value with this node as its owner and no signature
     * @return the same with certificates and signature
     */
    SignedValue sign(SignedValue value);

    /**
     * Checks.
     *
     * @param value  from anybody
     * @param wallMs the time now
     */
    Verdict check(SignedValue value, long wallMs);
}
