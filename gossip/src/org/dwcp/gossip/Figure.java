// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.Locale;

/** What a core counts. */
enum Figure {
    /** Messages sent. */
    SENT_MESSAGES,
    /** Messages received. */
    RECEIVED_MESSAGES,
    /** Values sent in messages. */
    SENT_VALUES,
    /** Values that were new. */
    ACCEPTED_VALUES,
    /** Values that came once more. */
    REPEATED_VALUES,
    /** Values older than what is known, such as replays. */
    OLDER_VALUES,
    /** Values whose life is over, or longer than allowed. */
    REFUSED_EXPIRY,
    /** Values without the owner's signature. */
    REFUSED_SIGNATURE,
    /** Values whose certificate is not trusted now. */
    REFUSED_CERTIFICATE,
    /** Values beyond a limit of names, values or bytes. */
    REFUSED_LIMIT,
    /** Values of an owner that writes too often. */
    REFUSED_RATE,
    /** What was no message. */
    REFUSED_MALFORMED,
    /** Messages of nodes that are not listened to for a while. */
    REFUSED_BANNED,
    /** Nodes that are not listened to for a while, ever. */
    BANNED_NODES,
    /** Answers that were left out because the peer asked for too much. */
    HELD_BACK,
    /** Branches that were mended. */
    GRAFTS,
    /** Branches that were cut. */
    PRUNES,
    /** Comparisons of the whole state that found a difference. */
    SYNC_DIFFERENCES;

    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.') + ".count";
    }
}
