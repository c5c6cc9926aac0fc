// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.dwcp.consensus.v3.core.Suspicion.Kind;
import org.dwcp.consensus.v3.message.Message;

/**
 * Sees what members do wrong. Tells each kind at most once a member and status interval, so that a liar cannot fill a log. Being slow, behind or cut
 * off looks like silence; so silence is told and proves nothing.
 */
final class Watch {
    /** Status intervals without a word that count as silence. Source: chosen; ten seconds with the default interval. */
    static final int SILENT_TICKS = 50;
    /** Messages of past views in one interval that a member on its way into the present one does not send. Source: chosen; four windows. */
    static final int STALE_MAX = 1_024;

    private static final class Seen {
        private int messages;
        private int stale;
        private int quietTicks;
        private final Set<Kind> told = EnumSet.noneOf(Kind.class);
    }

    private final Core core;
    private final Map<Integer, Seen> members = new HashMap<>();

    Watch(Core core) {
        this.core = core;
    }

    private Seen seen(int member) {
        return members.computeIfAbsent(member, ignored -> new Seen());
    }

    /** Counts a message; false when the member has sent too many in this interval. */
    boolean admit(int member) {
        var seen = seen(member);
        seen.quietTicks = 0;
        seen.told.remove(Kind.SILENCE);
        if (++seen.messages <= core.settings.messageRate()) {
            return true;
        }
        tell(member, Kind.FLOODING, "more than " + core.settings.messageRate() + " messages in one status interval", List.of());
        return false;
    }

    void stale(int member, long view) {
        if (++seen(member).stale > STALE_MAX) {
            tell(member, Kind.STALE_VIEW, "still speaks of view " + view + " in view " + core.view, List.of());
        }
    }

    void tell(int member, Kind kind, String detail, List<Message> evidence) {
        if (member != core.self && core.members.member(member).isPresent() && seen(member).told.add(kind)) {
            core.out.add(new Effect.Suspect(new Suspicion(member, kind, detail, evidence)));
        }
    }

    /** A status interval is over. */
    void tick() {
        members.keySet().removeIf(id -> core.members.member(id).isEmpty());
        for (var member : core.members.members()) {
            var seen = seen(member.id());
            boolean silent = seen.told.contains(Kind.SILENCE);
            seen.messages = 0;
            seen.stale = 0;
            seen.told.clear();
            if (silent) {
                seen.told.add(Kind.SILENCE); // once, until it is heard again
            }
            if (++seen.quietTicks > SILENT_TICKS) {
                tell(member.id(), Kind.SILENCE, "nothing heard for " + SILENT_TICKS + " status intervals", List.of());
            }
        }
    }
}
