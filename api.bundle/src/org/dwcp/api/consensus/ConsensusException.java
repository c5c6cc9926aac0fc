// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.Objects;

import org.dwcp.api.DwcpException;

/**
 * A group could not do what it was asked. The reason says what went wrong, the kind what a caller can do; both are stable, the message is for people.
 * {@snippet :
 * ConsensusException refused = new ConsensusException(ConsensusException.Reason.TOO_LARGE, "command of 70000 bytes exceeds 65536; send less");
 * boolean never = refused.kind() == org.dwcp.api.DwcpException.Kind.REJECTED;
 * }
 */
public final class ConsensusException extends DwcpException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Reason {
        /** Nothing was ordered and nothing will be: queue full, no leader just now, group not ready. Try again. */
        BUSY(Kind.RETRY),
        /** The epoch is sealed; the command was not taken and belongs into the next epoch. */
        SEALED(Kind.RETRY),
        /** Too few members answer. What was sent may or may not take effect: repeat it under the same sequence. */
        NO_QUORUM(Kind.UNAVAILABLE),
        /** Not answered in time. What was sent may or may not take effect: repeat it under the same sequence. */
        TIMEOUT(Kind.UNAVAILABLE),
        /** This replica is stopped or its node goes down. What was sent may or may not take effect. */
        CLOSED(Kind.UNAVAILABLE),
        /** The session's entry is gone from the table, so nobody can tell whether the command took effect. */
        SESSION_EXPIRED(Kind.UNAVAILABLE),
        /** A sequence below those the client has said it is done with. */
        STALE_SEQUENCE(Kind.REJECTED),
        /** More bytes than the limit. */
        TOO_LARGE(Kind.REJECTED),
        /** No such group here. */
        UNKNOWN_GROUP(Kind.REJECTED),
        /** Not a member of the group, or a member with another key. */
        NOT_A_MEMBER(Kind.REJECTED),
        /** Too few members for the protocol. */
        TOO_FEW_MEMBERS(Kind.REJECTED),
        /** A request about an epoch that is not the current one. */
        WRONG_EPOCH(Kind.REJECTED),
        /** A certificate that does not hold. */
        BAD_CERTIFICATE(Kind.REJECTED),
        /** A switch to a protocol that tolerates less, without the signatures for it. */
        TRUST_DOWNGRADE(Kind.REJECTED),
        /** This provider cannot do that. */
        UNSUPPORTED(Kind.REJECTED),
        /** The state machine refused or failed. */
        STATE_MACHINE(Kind.REJECTED),
        /** Members have different states: somebody lies or is broken. Nothing is ordered until an operator has looked. */
        DIVERGED(Kind.BROKEN),
        /** The durable log cannot be read or written. */
        STORAGE(Kind.BROKEN);

        private final Kind kind;

        Reason(Kind kind) {
            this.kind = kind;
        }

        /**
         * Tells what a caller can do about it.
         *
         * @return the kind
         */
        public Kind kind() {
            return kind;
        }
    }

    /** What went wrong. */
    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param reason  what went wrong; gives the kind
     * @param message what failed, the value, the limit, what to do
     */
    public ConsensusException(Reason reason, String message) {
        super(Objects.requireNonNull(reason).kind(), message);
        this.reason = reason;
    }

    /**
     * Tells what went wrong.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
