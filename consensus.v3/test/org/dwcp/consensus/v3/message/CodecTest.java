// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;
import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

@Requirement("R-209")
class CodecTest {
    private static final Digest SOME = Digest.of(new byte[] {1});
    private static final byte[] SIGNATURE = new byte[64];

    static Membership members(int count) {
        var members = new ArrayList<Member>();
        for (int id = 1; id <= count; id++) {
            members.add(new Member(id, "m" + id, new byte[44], new byte[44], id == 2));
        }
        return new Membership(3, members, new TreeMap<>(java.util.Map.of("ann", new byte[44])), new byte[44]);
    }

    private static List<Message> samples() {
        var request = new Request("ann", 7, Request.Kind.COMMAND, new byte[] {1, 2, 3}, SIGNATURE);
        var batch = new Batch(List.of(request, new Request("bob", 1, Request.Kind.QUERY, new byte[0], SIGNATURE)));
        var proof = new Proof(1, 64, SOME, List.of(new Signed(1, SIGNATURE), new Signed(2, SIGNATURE)));
        var change = new Message.ViewChange(1, 5, proof, List.of(new Entry(65, 4, SOME)), List.of(new Entry(65, 4, SOME), new Entry(65, 3, SOME)), 2,
                SIGNATURE);
        var manifest = new Manifest(64, members(4), 300_000, List.of(SOME, SOME));
        return List.of(request, new Message.PrePrepare(1, 2, 3, batch), new Message.Vote(Phase.COMMIT, 1, 2, 3, SOME),
                new Message.Checkpoint(1, 64, SOME, 3, SIGNATURE), change, new Message.NewView(1, 5, List.of(change, change), 1, SIGNATURE),
                new Message.Status(1, 2, true, 3, 4), new Message.FetchBatch(SOME), new Message.BatchData(batch),
                new Message.Stable(List.of(new Message.Link(proof, manifest)), proof), new Message.FetchState(64, -1), new Message.StateManifest(manifest),
                new Message.StateChunk(64, 1, new byte[100]), new Message.Reply(1, 2, "ann", 7, Outcome.REFUSED, new byte[] {9}));
    }

    @Test
    void everyMessageComesBackAsItWas() {
        for (var message : samples()) {
            var bytes = Codec.encode(message);

            assertThat(Codec.encode(Codec.decode(bytes))).as(message.getClass().getSimpleName()).isEqualTo(bytes);
        }
    }

    @Test
    void everyCutAndEveryByteTooManyIsRefused() {
        for (var message : samples()) {
            var bytes = Codec.encode(message);
            for (int length = 0; length < bytes.length; length++) {
                var cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> Codec.decode(cut)).isInstanceOf(MalformedException.class);
            }
            assertThatThrownBy(() -> Codec.decode(Arrays.copyOf(bytes, bytes.length + 1))).isInstanceOf(MalformedException.class);
        }
    }

    /** Whatever a liar sends: a message that encodes to the same bytes, or a refusal; never another exception, never much memory. */
    @Test
    void noBytesDoMoreThanBeRefused() {
        var samples = samples().stream().map(Codec::encode).toList();
        var random = new SplittableRandom(4711);
        for (int round = 0; round < 60_000; round++) {
            var bytes = samples.get(random.nextInt(samples.size())).clone();
            for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextInt(3) == 0 ? 0xff : random.nextInt());
            }
            try {
                assertThat(Codec.encode(Codec.decode(bytes))).isEqualTo(bytes);
            } catch (MalformedException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void recordsComeBackAndRubbishIsRefused() {
        var batch = new Batch(List.of(new Request("ann", 7, Request.Kind.COMMAND, new byte[] {1, 2, 3}, SIGNATURE)));
        var proof = new Proof(1, 64, SOME, List.of());
        var manifest = new Manifest(64, members(4), 3, List.of(SOME));
        var change = (Message.ViewChange) samples().get(4);
        var random = new SplittableRandom(42);
        for (var record : List.of(new Record.Boot(), new Record.Accepted(1, 2, batch), new Record.Prepared(1, 2, SOME), new Record.Leaving(change),
                new Record.Entering((Message.NewView) samples().get(5)), new Record.State(manifest, new byte[] {1, 2, 3}), new Record.Stable(proof),
                new Record.Changed(new Message.Link(proof, manifest)))) {
            var bytes = Record.encode(record);
            assertThat(Record.encode(Record.decode(bytes))).isEqualTo(bytes);
            for (int round = 0; round < 2_000; round++) {
                var bad = bytes.clone();
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                assertThatCode(() -> {
                    try {
                        Record.decode(bad);
                    } catch (MalformedException e) {
                        assertThat(e.getMessage()).isNotEmpty();
                    }
                }).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void takesTheLongestCommandAndRefusesOneByteMore() {
        var longest = new Request("ann", 1, Request.Kind.COMMAND, new byte[Limits.COMMAND_BYTES_MAX], SIGNATURE);
        var tooLong = new Request("ann", 1, Request.Kind.COMMAND, new byte[Limits.COMMAND_BYTES_MAX + 1], SIGNATURE);

        assertThat(Codec.decode(Codec.encode(longest))).isInstanceOf(Request.class);
        assertThatThrownBy(() -> Codec.decode(Codec.encode(tooLong))).isInstanceOf(MalformedException.class).hasMessageContaining("524288");
    }

    @Test
    void threeMembersAreRefusedWithTheReason() {
        assertThatThrownBy(() -> new Membership(0, members(4).members().subList(0, 3), new TreeMap<>(), new byte[0])).isInstanceOf(DwcpException.class)
                .hasMessageContaining("3f + 1");
    }

    @Test
    void quorumsOfTwoAlwaysShareACorrectMember() {
        for (int count = Membership.MEMBERS_MIN; count <= Limits.MEMBERS_MAX; count++) {
            var group = members(count);

            assertThat(2 * group.quorum() - count).as("members that two quorums of %d share", count).isGreaterThan(group.faulty());
            assertThat(count - group.faulty()).as("members that answer when f are silent").isGreaterThanOrEqualTo(group.quorum());
        }
        assertThat(members(4).quorum()).isEqualTo(3);
        assertThat(members(7).quorum()).isEqualTo(5);
        assertThat(members(10).quorum()).isEqualTo(7);
    }

    @Test
    void quarantinedMembersNeverLead() {
        for (long view = 0; view < 20; view++) {
            assertThat(members(4).leader(view)).isNotEqualTo(2);
        }
    }
}
