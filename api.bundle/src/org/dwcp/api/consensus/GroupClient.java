// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.concurrent.CompletionStage;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A session with a group. It numbers commands, repeats them until they are answered, through changes of leader, members and protocol, and each takes effect exactly
 * once. Outstanding commands may take effect in any order; wait for an answer where order matters. Thread-safe; nothing blocks. Stages complete on a thread of
 * the group: do little there.
 * {@snippet :
 * static java.util.concurrent.CompletionStage<byte[]> set(GroupClient client) {
 *     return client.submit("set x 1".getBytes()).thenCompose(answer -> client.readLinearizable("get x".getBytes()));
 * }
 * }
 */
@ProviderType
public interface GroupClient extends AutoCloseable {
    /**
     * Gives the session's name.
     *
     * @return unique in the group
     */
    String name();

    /**
     * Submits a command.
     *
     * @param command at most {@link Command#BODY_BYTES_MAX} bytes; copied
     * @return the state machine's answer. Fails with reason TIMEOUT or CLOSED when it is not known whether the command took effect or will, STATE_MACHINE when
     *         the state machine refused it, BUSY when {@link Command#WINDOW} commands have no answer yet
     */
    CompletionStage<byte[]> submit(byte[] command);

    /**
     * Submits a command under a name of the caller's: for who keeps numbers himself, over restarts. The session is opened when it is new.
     *
     * @param command the command
     * @return as {@link #submit(byte[])}; fails with reason SESSION_EXPIRED or STALE_SEQUENCE, too
     */
    CompletionStage<byte[]> submit(Command command);

    /**
     * Asks the state, with everything that was answered to anybody before this call.
     *
     * @param query at most {@link Command#BODY_BYTES_MAX} bytes
     * @return the state machine's answer; repeated inside until the client's timeout
     */
    CompletionStage<byte[]> readLinearizable(byte[] query);

    /**
     * Asks the state of this node as it is, which may be behind.
     *
     * @param query at most {@link Command#BODY_BYTES_MAX} bytes
     * @return the state machine's answer, at once
     */
    CompletionStage<byte[]> readStale(byte[] query);

    /** Ends; commands without an answer fail with reason CLOSED. The session stays in the table until it is the oldest. */
    @Override
    void close();
}
