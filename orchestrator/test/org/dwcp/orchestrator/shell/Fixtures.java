// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transfer.TransferStatus;

/** One small node in facts. */
public final class Fixtures {
    public static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    private Fixtures() {
    }

    public static ProviderInfo provider(String slot, String generation, int share) {
        return new ProviderInfo(slot, slot + "." + generation, generation.substring(1) + ".0.0", List.of(generation), List.of("tls", "lanes=16"), 10, share,
                share > 0 ? ProviderState.ACTIVE : ProviderState.STANDBY, share > 0 ? "mode internet" : "no share", share > 0 ? 3 : 0);
    }

    public static SlotStatus transport(int v3) {
        return new SlotStatus("transport", List.of(provider("transport", "v3", v3), provider("transport", "v1", 100 - v3), provider("transport", "v0", 0)),
                List.of("kill switch is off", "no pin", "mode internet asks for v3"), 7);
    }

    public static SlotStatus encoding() {
        return new SlotStatus("encoding", List.of(), List.of(), 7);
    }

    public static ModeReport mode(boolean forced) {
        var link = new LinkConditions(80_120_000L, 200_000_000L, 0.0012, NOON.minusSeconds(3), "tcp-info");
        return new ModeReport(NetworkMode.INTERNET, true, forced, NOON.minusSeconds(60), Optional.of(link), List.of(link),
                "rtt 80.12 ms > 55 ms: internet");
    }

    public static PeerInfo peer(String name, boolean online) {
        return new PeerInfo(NodeId.of(name), "192.0.2.7", 7400, online, NOON.minusSeconds(600), online ? 80_120_000L : 0,
                List.of(new ProviderAdvert("transport", "transport.v3", "3.0.0", List.of(), 40_123)), online ? "" : "connection refused");
    }

    public static SwapRecord swap(int share, SwapRecord.Outcome outcome, String error) {
        return new SwapRecord("9f2c", "transport", "transport.v1", "transport.v3", share, SwapRecord.Trigger.OPERATOR, "operator", NetworkMode.INTERNET, NOON,
                Duration.ofMillis(3), Duration.ofMillis(120), 2, 0, outcome, error);
    }

    public static TransferStatus transfer(TransferStatus.State state, long done, String error) {
        return new TransferStatus("t1", TransferStatus.Direction.SEND, NodeId.of("lisbon"), "images/base.img", state, 1,
                state == TransferStatus.State.DONE ? 1 : 0, 4L << 30, done, 1L << 30, done + 1_000, 100L << 20, NOON, Duration.ofSeconds(30),
                "transport.v3", "encoding.v3", 1, error);
    }
}
