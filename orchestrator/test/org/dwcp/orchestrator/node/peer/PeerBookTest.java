// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.orchestrator.node.SystemClock;
import org.junit.jupiter.api.Test;

class PeerBookTest {
    private static final NodeId A = NodeId.of("a");
    private static final NodeId B = NodeId.of("b");
    private static final PeerBook.Address SOMEWHERE = new PeerBook.Address("h", 1);

    private final PeerBook book = new PeerBook(new SystemClock(), new ChangeFeed(), peer -> new Asleep(), 2);

    @Test
    void theLinkThatTheSmallerNameDialledStays() throws Refusal {
        var dialledByA = link(B, A, "1");
        var dialledByB = link(B, B, "1");

        assertThat(book.arrived(dialledByB)).isEmpty();
        assertThat(book.arrived(dialledByA)).contains(dialledByB);
        assertThat(book.arrived(link(B, B, "1"))).isPresent().get().isNotSameAs(dialledByA);

        book.gone(dialledByB, "");
        assertThat(book.find(B).orElseThrow().online()).isTrue();
        book.gone(dialledByA, "");
        assertThat(book.find(B).orElseThrow().online()).isFalse();
    }

    @Test
    void theLinkOfARestartedPeerReplacesTheDeadOne() throws Refusal {
        var dead = link(B, A, "1");
        var fresh = link(B, B, "2");
        book.arrived(dead);

        assertThat(book.arrived(fresh)).contains(dead);
    }

    @Test
    void whoDialsAgainHasGivenTheOldLinkUp() throws Refusal {
        var old = link(B, B, "1");
        book.arrived(old);

        assertThat(book.arrived(link(B, B, "1"))).contains(old);
    }

    @Test
    void holdsNoMorePeersThanItsLimit() throws Refusal {
        book.configure(NodeId.of("c"), SOMEWHERE);
        book.configure(NodeId.of("d"), SOMEWHERE);

        assertThatThrownBy(() -> book.configure(NodeId.of("e"), SOMEWHERE)).isInstanceOf(DwcpException.class).hasMessageContaining("one more than 2");
        assertThatThrownBy(() -> book.arrived(link(B, B, "1"))).isInstanceOf(Refusal.class).hasMessageContaining("knows 2 peers already");
        assertThat(book.list()).hasSize(2);
    }

    @Test
    void aLearnedPeerThatIsOfflineGivesItsPlaceAway() throws Refusal {
        var learned = link(B, B, "1");
        book.arrived(learned);
        book.configure(NodeId.of("c"), SOMEWHERE);
        assertThatThrownBy(() -> book.configure(NodeId.of("d"), SOMEWHERE)).isInstanceOf(DwcpException.class);

        book.gone(learned, "");
        book.configure(NodeId.of("d"), SOMEWHERE);

        assertThat(book.find(B)).isEmpty();
        assertThat(book.list()).hasSize(2);
    }

    @Test
    void keepsWhatAnOfflinePeerHadAndWhyItLeft() throws Refusal {
        var link = link(B, B, "1");
        book.arrived(link);
        book.advert(link, List.of(TestNode.advert("transport.v3")));

        book.gone(link, "node b was stopped");

        var peer = book.find(B).orElseThrow();
        assertThat(peer.provider("transport.v3")).isPresent();
        assertThat(peer.problem()).isEqualTo("node b was stopped");
    }

    @Test
    void anAdvertOfALinkThatWasReplacedChangesNothing() throws Refusal {
        var old = link(B, B, "1");
        book.arrived(old);
        book.arrived(link(B, B, "2"));

        book.advert(old, List.of(TestNode.advert("transport.v3")));

        assertThat(book.find(B).orElseThrow().providers()).isEmpty();
    }

    @Test
    void waitsDoubleUpToTheirLimitAndAreJittered() {
        var settings = PeerSettings.DEFAULT;
        var random = new SplittableRandom(1);

        for (var failures = 0; failures < 64; failures++) {
            var full = Math.min(settings.redialMax().toNanos(), settings.redialMin().toNanos() << Math.min(20, Math.max(0, failures - 1)));
            assertThat(PeerDialer.delayNs(settings, failures, random)).isBetween(0L, full);
        }
        var longest = random.longs(1_000).map(seed -> PeerDialer.delayNs(settings, 64, new SplittableRandom(seed))).summaryStatistics();
        assertThat(longest.getMax()).isBetween(Duration.ofMillis(4_900).toNanos(), Duration.ofSeconds(5).toNanos());
        assertThat(longest.getMin()).as("full jitter: from nothing to the cap").isLessThan(Duration.ofMillis(100).toNanos());
        assertThat(PeerDialer.delayNs(settings, 9, new SplittableRandom(7))).isEqualTo(PeerDialer.delayNs(settings, 9, new SplittableRandom(7)));
    }

    @Test
    void aRestartedPeerIsAnotherInstance() throws Refusal {
        book.arrived(link(B, B, "1"));
        assertThat(book.find(B).orElseThrow().instance()).isEqualTo("1");

        book.arrived(link(B, B, "2"));

        assertThat(book.find(B).orElseThrow().instance()).isEqualTo("2");
    }

    @Test
    void aPeerThatDialsFromElsewhereIsReachedThereOnceItsAddressHasFailed() throws Refusal {
        book.configure(B, new PeerBook.Address("configured", 7));
        var theirs = link(B, B, "1");
        book.arrived(theirs);
        assertThat(book.find(B).orElseThrow().host()).as("nothing speaks against the configured address").isEqualTo("configured");
        book.gone(theirs, "cable");

        book.failed(B, "nothing answers");
        book.arrived(link(B, B, "1"));
        assertThat(book.find(B).orElseThrow().host()).isEqualTo("h");

        book.configure(B, new PeerBook.Address("new", 8));
        assertThat(book.find(B).orElseThrow().host()).as("an operator's word counts more").isEqualTo("new");
    }

    @Test
    void aLinkThatBrokeSpeaksAgainstTheAddressThatWasDialled() throws Refusal {
        book.configure(B, new PeerBook.Address("configured", 7));
        var ours = link(B, A, "1");
        book.arrived(ours);
        book.gone(ours, "did not answer");

        book.arrived(link(B, B, "1"));

        assertThat(book.find(B).orElseThrow().host()).isEqualTo("h");
        book.arrived(link(B, A, "1"));
        assertThat(book.find(B).orElseThrow().host()).as("it answers there again").isEqualTo("configured");
    }

    @Test
    void aPeerThatWasAtItsAddressAndDialsFromElsewhereHasMoved() throws Refusal {
        book.configure(B, new PeerBook.Address("10.0.0.2", 7));
        book.arrived(link(B, B, "1", "10.0.0.2"));

        book.arrived(link(B, B, "1", "10.0.0.3"));
        assertThat(book.find(B).orElseThrow().host()).as("while the link from its former address still counts as up").isEqualTo("10.0.0.3");

        book.configure(B, new PeerBook.Address("10.0.0.3", 7));
        var theirs = link(B, B, "1", "10.0.0.3");
        book.arrived(theirs);
        book.gone(theirs, "did not answer");
        book.arrived(link(B, B, "1", "10.0.0.4"));
        assertThat(book.find(B).orElseThrow().host()).as("after it").isEqualTo("10.0.0.4");
    }

    @Test
    void aPeerThatIsConfiguredByNameIsKnownToHaveMovedToo() throws Refusal {
        book.configure(B, new PeerBook.Address("b.example", 7));
        book.arrived(link(B, A, "1", "10.0.0.2")); // the name led there
        book.arrived(link(B, B, "2", "10.0.0.2"));
        assertThat(book.find(B).orElseThrow().host()).as("it dials from where the name led").isEqualTo("b.example");

        book.arrived(link(B, B, "2", "10.0.0.3"));
        assertThat(book.find(B).orElseThrow().host()).as("while the link from its former address still counts as up").isEqualTo("10.0.0.3");

        book.arrived(link(B, A, "3", "10.0.0.3"));
        book.arrived(link(B, B, "4", "10.0.0.3"));
        assertThat(book.find(B).orElseThrow().host()).as("the name leads to its new address").isEqualTo("b.example");

        book.configure(B, new PeerBook.Address("other.example", 7));
        book.arrived(link(B, B, "5", "10.0.0.9"));
        assertThat(book.find(B).orElseThrow().host()).as("nobody knows what the new name stands for").isEqualTo("other.example");
        assertThat(book.toResolve(B)).hasValue(new PeerBook.Address("other.example", 7));

        book.resolved(B, new PeerBook.Address("b.example", 7), "10.0.0.1"); // too late: the address has changed
        book.resolved(B, new PeerBook.Address("other.example", 7), "10.0.0.9");
        assertThat(book.toResolve(B)).isEmpty();
        book.arrived(link(B, B, "5", "10.0.0.10"));
        assertThat(book.find(B).orElseThrow().host()).as("it was where the name led, and dials from elsewhere").isEqualTo("10.0.0.10");
    }

    @Test
    void aPeerThatNeverDialledFromItsAddressIsStillReachedThere() throws Refusal {
        book.configure(B, new PeerBook.Address("10.0.0.2", 7));

        book.arrived(link(B, B, "1", "192.0.2.1"));
        book.arrived(link(B, B, "1", "192.0.2.9"));

        assertThat(book.find(B).orElseThrow().host()).as("what it dials from is not where it listens").isEqualTo("10.0.0.2");
    }

    @Test
    void aWideAreaLinkMayMissMorePings() {
        var settings = PeerSettings.DEFAULT;

        assertThat(settings.missedMax(0)).as("not known yet").isEqualTo(20);
        assertThat(settings.missedMax(9_999_999)).isEqualTo(3);
        assertThat(settings.missedMax(10_000_000)).isEqualTo(20);
    }

    private static ControlLink link(NodeId peer, NodeId dialler, String instance) {
        return link(peer, dialler, instance, "h");
    }

    private static ControlLink link(NodeId peer, NodeId dialler, String instance, String host) {
        return new ControlLink(new Socket(), new DataInputStream(InputStream.nullInputStream()),
                new DataOutputStream(OutputStream.nullOutputStream()), new ControlMessage.Hello(peer, "c", instance, 7, List.of()), dialler, host, List.of(),
                new SystemClock());
    }

    private static final class Asleep implements PeerBook.Dialer {
        @Override
        public void wake() {
            // Does not dial.
        }

        @Override
        public void stop() {
            // Does not dial.
        }
    }
}
