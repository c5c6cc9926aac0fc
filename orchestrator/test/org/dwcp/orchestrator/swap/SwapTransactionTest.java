// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Handover;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A swap as a transaction: its order, and a fault at each of its steps. */
class SwapTransactionTest {
    private final Rig rig = Rig.stepped();
    private final Greeter.Bent v1 = new Greeter.Bent("v1");
    private final Greeter.Bent v3 = new Greeter.Bent("v3");
    private final List<String> steps = new ArrayList<>();

    enum Step { PREPARE, EXPORT, ADOPT }

    @BeforeEach
    void open() {
        rig.provider("greeter.v1", "1.0.0", "v1", v1);
        rig.provider("greeter.v3", "3.0.0", "v3", v3);
        rig.detect(NetworkMode.DATACENTER);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void goesThroughItsStepsInOrder() {
        rig.routing.onSwap(swap -> steps.add("callback"));
        v3.prepare = () -> steps.add("prepare v3, asked " + rig.ask());
        v1.exported = () -> {
            steps.add("export v1");
            return Optional.of(new Handover("words", 1, new byte[] {7}));
        };
        v3.adopt = state -> steps.add("adopt " + state.bytes()[0]);
        v1.drain = () -> steps.add("drain v1, asked " + rig.ask());

        rig.routing.promote("greeter", "v3", 100, "test");
        steps.add("returned");
        rig.settle();

        assertThat(steps).containsExactly("prepare v3, asked v1", "export v1", "adopt 7", "returned", "drain v1, asked v3", "callback");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    @Requirement({"R-041", "R-248"})
    void aFaultBeforeTheCommitLeavesEverythingAsItWas(Step step) {
        RuntimeException fault = new IllegalStateException("the disk is full");
        v1.exported = () -> {
            if (step == Step.EXPORT) {
                throw fault;
            }
            return Optional.of(new Handover("words", 1, new byte[0]));
        };
        v3.prepare = () -> {
            if (step == Step.PREPARE) {
                throw fault;
            }
        };
        v3.adopt = state -> {
            if (step == Step.ADOPT) {
                throw fault;
            }
        };
        FlagState flags = rig.flags.state();
        long generation = rig.route().generation();
        List<SwapRecord> told = new ArrayList<>();
        rig.routing.onSwap(told::add);

        assertThatThrownBy(() -> rig.routing.promote("greeter", "v3", 50, "test")).isInstanceOfSatisfying(DwcpException.class, e -> {
            assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE);
            assertThat(e).hasMessageContaining("the disk is full");
        });
        rig.settle();

        assertThat(rig.ask()).isEqualTo("v1");
        assertThat(rig.route().generation()).isEqualTo(generation);
        assertThat(rig.flags.state()).isEqualTo(flags);
        assertThat(told).singleElement().satisfies(swap -> {
            assertThat(swap.outcome()).isEqualTo(SwapRecord.Outcome.UNDONE);
            assertThat(swap.error()).contains("the disk is full");
        });
        assertThat(rig.routing.history().getLast()).isEqualTo(told.getFirst());
        assertThat(rig.routing.figures().switchFailures()).isEqualTo(1);
        assertThat(rig.routing.figures().switchAttempts()).isEqualTo(rig.routing.figures().switchSuccesses() + 1);
    }

    @Test
    void aSourceThatCannotEmptyItsQueueDoesNotUndoTheSwap() {
        v1.drain = () -> {
            throw new IllegalStateException("peer is gone");
        };

        rig.routing.promote("greeter", "v3", 100, "test");
        rig.settle();

        assertThat(rig.ask()).isEqualTo("v3");
        assertThat(rig.routing.history().getLast().error()).contains("greeter.v1.drain", "peer is gone");
    }

    @Test
    @Requirement("R-041")
    void aFullDiskDoesNotHoldUpTheKillSwitch() {
        rig.routing.promote("greeter", "v3", 100, "test");
        rig.flags.diskFull = true;

        List<SwapRecord> swaps = rig.routing.killSwitch("incident");

        assertThat(rig.ask()).isEqualTo("v1");
        assertThat(swaps).singleElement().satisfies(swap -> {
            assertThat(swap.outcome()).isEqualTo(SwapRecord.Outcome.COMMITTED);
            assertThat(swap.error()).contains("not saved").contains("disk full");
        });
    }

    @Test
    @Requirement({"R-123", "R-029"})
    void theKillSwitchPreparesNobody() {
        rig.routing.promote("greeter", "v3", 100, "test");
        v1.prepare = () -> {
            throw new IllegalStateException("cannot warm up");
        };

        rig.routing.killSwitch("incident");

        assertThat(rig.ask()).isEqualTo("v1");
        assertThat(rig.flags.state().forceV1Mode()).isTrue();
    }

    @Test
    void theKillSwitchDoesNotWaitForASwapThatIsBeingPrepared() {
        List<String> during = new ArrayList<>();
        v3.prepare = () -> {
            rig.routing.killSwitch("incident");
            during.add(rig.ask());
        };

        assertThat(rig.routing.promote("greeter", "v3", 100, "test")).isEmpty();

        assertThat(during).containsExactly("v1");
        assertThat(rig.ask()).isEqualTo("v1");
    }

    @Test
    void aTargetThatFailsWhileItPreparesGetsNothing() {
        v3.prepare = () -> {
            for (int i = 0; i < 3; i++) {
                try (var lease = rig.route().leaseNamed("greeter.v3")) {
                    lease.failed(Rig.unavailable("no peer"));
                }
            }
        };

        assertThat(rig.routing.promote("greeter", "v3", 100, "test")).isEmpty();

        assertThat(rig.ask()).isEqualTo("v1");
    }

    @Test
    void keysThatMoveInALaterStepBringTheirStateAlong() {
        List<String> adopted = new ArrayList<>();
        v1.exported = () -> Optional.of(new Handover("words", 1, new byte[] {1}));
        v3.adopt = state -> adopted.add("v3");
        v3.prepare = () -> steps.add("prepare");

        rig.routing.promote("greeter", "v3", 10, "test");
        rig.routing.promote("greeter", "v3", 50, "test");

        assertThat(adopted).hasSize(2);
        assertThat(steps).hasSize(1);
    }

    @Test
    @Requirement({"R-006", "R-037", "R-247"})
    void tellsEachCallbackOnceAndInOrderAfterTheSwitch() {
        rig.routing.start();
        rig.routing.onModeChange(change -> steps.add("first " + change.newMode() + " asked " + rig.ask()));
        rig.routing.onModeChange(change -> {
            throw new IllegalStateException("a bad listener");
        });
        rig.routing.onModeChange(change -> steps.add("third " + change.oldMode() + " " + change.reason() + " " + rig.routing.mode().mode()));
        rig.settle();
        steps.clear();

        rig.detect(NetworkMode.INTERNET);

        assertThat(steps).containsExactly("first INTERNET asked v3", "third DATACENTER measured internet INTERNET");
        assertThat(rig.routing.figures().callbackFailures()).isEqualTo(2); // one for each change since the start
    }

    @Test
    void aClosedListenerHearsNothing() {
        List<ModeChange> heard = new ArrayList<>();
        rig.routing.onModeChange(heard::add).close();

        rig.adapter.switchMode(NetworkMode.INTERNET, "test");
        rig.settle();

        assertThat(heard).isEmpty();
    }

    @Test
    void keepsTheLastThousandRecords() {
        for (int i = 0; i < History.RECORDS_MAX + 10; i++) {
            rig.routing.promote("greeter", "v3", i % 2 == 0 ? 100 : 0, "swap " + i);
        }

        assertThat(rig.routing.history()).hasSize(History.RECORDS_MAX);
        assertThat(rig.routing.history().getLast().reason()).isEqualTo("swap " + (History.RECORDS_MAX + 9));
    }

    @Test
    @Requirement("R-312")
    void aChangedFileMovesTheTraffic() {
        rig.routing.promote("greeter", "v3", 100, "test");

        rig.flags.update(flags -> flags.withEnabled("greeter", false));
        assertThat(rig.ask()).isEqualTo("v1");
        rig.settle();

        assertThat(rig.routing.history().getLast().trigger()).isEqualTo(SwapRecord.Trigger.FLAG);
    }

    @Test
    void aLostFlagEventIsMadeUpForWithinASecond() {
        rig.flags.changeQuietly(flags -> flags.withRouting(java.util.Map.of("greeter", "greeter.v3"), java.util.Map.of()));

        rig.advance(RoutingCore.TICK);

        assertThat(rig.ask()).isEqualTo("v3");
    }

    @Test
    void anOwnCommandIsNotRunTwice() {
        rig.routing.pin("greeter", "v3", "test");
        int records = rig.routing.history().size();

        rig.advance(RoutingCore.TICK.multipliedBy(3));

        assertThat(rig.routing.history()).hasSize(records);
        assertThat(rig.flags.state().pins()).containsEntry("greeter", "greeter.v3");
    }

    @Test
    @Requirement("R-042")
    void writesOneLineWithAllFacts() {
        rig.routing.promote("greeter", "v3", 10, "first tenth");
        rig.settle();

        assertThat(Records.line(rig.routing.history().getLast())).startsWith(
                "swap slot=greeter from=greeter.v1 to=greeter.v3 share=10 trigger=OPERATOR reason='first tenth' mode=hybrid commitMs=")
                .contains("drained=0", "aborted=0", "swapId=");
    }

    @Test
    void refusesASwapFromWithinAProvidersOwnCode() throws Exception {
        try (Rig threaded = Rig.threaded()) {
            Greeter.Bent inner = new Greeter.Bent("v3");
            threaded.adapter.register(Rig.GREETER, new Greeter.Named("v1"), inner);
            inner.prepare = () -> threaded.routing.rollback("greeter", "from within");

            assertThatThrownBy(() -> threaded.routing.promote("greeter", "v3", 100, "test")).isInstanceOf(DwcpException.class)
                    .hasMessageContaining("from within prepare");
        }
    }

    @Test
    void aReadinessThatThrowsMeansNotReady() {
        Swappable broken = new Swappable() {
            @Override
            public Readiness readiness() {
                throw new IllegalStateException("not even that");
            }
        };
        rig.provider("greeter.broken", "1.0.0", "-", broken);

        assertThat(rig.routing.show("greeter").providers()).filteredOn(p -> p.name().equals("greeter.broken")).singleElement()
                .satisfies(p -> assertThat(p.state()).isEqualTo(org.dwcp.api.hybrid.ProviderState.NOT_READY));
    }
}
