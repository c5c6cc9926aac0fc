// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.function.UnaryOperator;

import org.dwcp.api.hybrid.SwapRecord;

/**
 * A wish to change the routing.
 *
 * @param change  pure function from the state in force to the wanted one; may be asked more than once, under the switchboard's lock
 * @param trigger what asks
 * @param reason  why, in words
 * @param waited  time that a graceful transition has waited already
 * @param cutOff  calls that it waited for in vain
 * @param onCommit told once, under the switchboard's lock, so in the order of the commits
 */
record Request(UnaryOperator<State> change, SwapRecord.Trigger trigger, String reason, Duration waited, long cutOff,
        Runnable onCommit) {
    static Request of(UnaryOperator<State> change, SwapRecord.Trigger trigger, String reason) {
        return new Request(change, trigger, reason, Duration.ZERO, 0, () -> { });
    }
}
