// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import org.dwcp.consensus.v3.message.Membership;

/**
 * What is replicated. Deterministic: the same calls in the same order give the same results and the same snapshot on every member. Called by
 * one thread.
 */
public interface Application {
    /**
     * Carries out a command.
     *
     * @param index   its first place among all commands, 1 and up without a hole
     * @param command not to be changed
     * @return the result, at most 512 KiB; never fails: what a command does wrong is a result
     */
    byte[] apply(long index, byte[] command);

    /**
     * How many places a command takes in {@code index}: more than one when it is a bundle of several.
     *
     * @return 1 or more, by the command's bytes alone
     */
    default int places(byte[] command) {
        return 1;
    }

    /** Answers a question; changes nothing. */
    byte[] query(byte[] question);

    /** The whole state, in one form only: equal states have equal bytes. */
    byte[] snapshot();

    /**
     * Replaces the state by one that a quorum has signed.
     *
     * @param index    place of the last command in it
     * @param snapshot as given by {@link #snapshot} on some member
     */
    void install(long index, byte[] snapshot);

    /**
     * The membership has changed, in order with the commands.
     *
     * @param index   place of the last command before
     * @param members from here on
     */
    default void changed(long index, Membership members) {
    }
}
