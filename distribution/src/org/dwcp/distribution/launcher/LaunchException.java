// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

/** Why a command of the launcher could not be carried out: one line for a person, and the status that the process ends with. */
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Status status;

    /** What the process tells its caller. */
    public enum Status {
        /** It could not be done. */
        FAILURE(1),
        /** It was asked for in a way that is not understood. */
        USAGE(2);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    LaunchException(Status status, String message) {
        super(message);
        this.status = status;
    }

    LaunchException(String message, Throwable cause) {
        super(message, cause);
        this.status = Status.FAILURE;
    }

    static LaunchException usage(String message, Object... values) {
        return new LaunchException(Status.USAGE, String.format(message, values));
    }

    static LaunchException failure(String message, Object... values) {
        return new LaunchException(Status.FAILURE, String.format(message, values));
    }

    int code() {
        return status.code();
    }
}
