// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.transport.OpenOptions;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flow goes over to a new channel, and never to one that it has left or that has ended, whatever is said about that one late. */
class MovesTest {
    private static final String QUIET = "quiet";
    private static final int TOTAL = 10_000_000;

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private final FlowProgress progress = new FlowProgress();

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp);
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").start();
        lisbon.protocols().put(QUIET, _ -> (_, _) -> { }); // takes everything and says nothing
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private Link link(String transport) {
        Link link = new Link(porto.flowNode(), Optional.empty(), Unowned.INSTANCE);
        link.opened(porto.transport(transport).open(lisbon.id(), QUIET, link, new OpenOptions(OpenOptions.Order.UNORDERED, Duration.ofSeconds(30))));
        return link;
    }

    @Test
    void whatIsSaidAboutALaneOfAnEndedChannelIsNoMoveOfTheReceiver() {
        FlowReceiver receiver = new FlowReceiver(porto.flowNode(), lisbon.id(), "test", TOTAL, new Nowhere(), progress).start();
        Link link = link("t1");
        receiver.attach(link);
        link.close();

        receiver.sayAgain(link); // the lane was lost before, its thread comes late
        receiver.sayAgain(link);

        assertThat(progress.moves()).isZero();
        assertThat(progress.transport()).isEmpty();
        receiver.attach(link("t2"));
        assertThat(progress.moves()).isEqualTo(1);
        assertThat(progress.transport()).isEqualTo("t2");
        receiver.cancel(FlowOutcome.cancelled("by the test"));
        assertThat(receiver.end().join().state()).isEqualTo(FlowOutcome.State.CANCELLED);
    }

    @Test
    void aChannelToAReceiverThatIsOverIsNoMove() {
        FlowReceiver receiver = new FlowReceiver(porto.flowNode(), lisbon.id(), "test", TOTAL, new Nowhere(), progress).start();
        receiver.attach(link("t1"));
        receiver.cancel(FlowOutcome.cancelled("by the test"));
        Link late = link("t2");

        receiver.attach(late); // it was on its way when the flow ended
        receiver.attach(late); // offered again

        assertThat(progress.moves()).isZero();
        assertThat(late.isOpen()).as("it gets the last word").isFalse();
        assertThat(receiver.end().join().state()).isEqualTo(FlowOutcome.State.CANCELLED);
    }

    @Test
    void aChannelThatDrainsOrHasEndedDoesNotGetTheSenderBack() {
        FlowSender sender = new FlowSender(porto.flowNode(), lisbon.id(), new FlowId(1, 2), "memory", "test", new byte[0], new Zeros(), progress).start();
        Message.Have have = new Message.Have(7, TOTAL, 0, List.of());
        Link first = link("t1");
        sender.greet(first);
        sender.onMessage(first, have);
        await().atMost(Duration.ofSeconds(60)).until(() -> progress.wireBytes() > 0); // so that the first has something to drain
        Link second = link("t2");
        sender.greet(second);
        sender.onMessage(second, have);
        assertThat(progress.moves()).isEqualTo(1);

        sender.onMessage(first, new Message.Have(7, TOTAL, 0, List.of(new Range(0, 1_000)))); // it lost a lane
        assertThat(progress.moves()).isEqualTo(1);
        assertThat(progress.transport()).isEqualTo("t2");
        assertThat(progress.ackedBytes()).as("news all the same").isEqualTo(1_000);

        first.close();
        sender.onMessage(first, have); // read before it was closed
        assertThat(progress.moves()).isEqualTo(1);
        assertThat(progress.transport()).isEqualTo("t2");
        sender.suspend();
        assertThat(sender.end().join().state()).isEqualTo(FlowOutcome.State.SUSPENDED);
    }

    private static final class Zeros implements FlowSource {
        @Override
        public long total() {
            return TOTAL;
        }

        @Override
        public int read(long offset, ByteBuffer target) {
            int bytes = (int) Math.min(target.remaining(), TOTAL - offset);
            target.put(new byte[bytes]);
            return bytes;
        }

        @Override
        public void close() {
        }
    }

    private static final class Nowhere implements FlowSink {
        @Override
        public Ranges have() {
            return new Ranges();
        }

        @Override
        public void write(long offset, ByteBuffer bytes, int checksum) {
        }

        @Override
        public long advance(long contiguous) {
            return 0;
        }

        @Override
        public void finish() {
        }

        @Override
        public void close(Fate fate) {
        }
    }
}
