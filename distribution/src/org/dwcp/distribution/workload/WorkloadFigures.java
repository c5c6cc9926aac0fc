// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

/**
 * What a load has done so far. Immutable snapshot.
 *
 * @param running     true between start and stop
 * @param files       files that arrived, by the sender's account
 * @param failedFiles files given up
 * @param bytes       bytes of the files that arrived
 * @param moves       times a running file was moved to another provider or channel
 * @param calls       calls answered rightly
 * @param failedCalls calls that failed or were answered wrongly
 * @param lastError   the last failure, empty text when there was none
 */
public record WorkloadFigures(boolean running, long files, long failedFiles, long bytes, long moves, long calls, long failedCalls, String lastError) {
    /** No load was begun. */
    static final WorkloadFigures NONE = new WorkloadFigures(false, 0, 0, 0, 0, 0, 0, "");
}
