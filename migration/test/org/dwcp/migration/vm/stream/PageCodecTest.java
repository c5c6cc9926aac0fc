// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A migration stream goes in, what travels comes out, and of that the same stream; and nothing else is believed. */
class PageCodecTest {
    private static final int PAGES = 1_000;

    private static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** Encodes in random cuts, flushing now and then. */
    private static byte[] encode(byte[] stream, int pagesMax, int level, SplittableRandom cuts, boolean whole) {
        var out = new ByteArrayOutputStream();
        try (var encoder = new PageEncoder(pagesMax, level, buffer -> out.writeBytes(bytes(buffer)))) {
            for (int at = 0; at < stream.length;) {
                int count = Math.min(stream.length - at, cuts.nextInt(3) == 0 ? 1 + cuts.nextInt(20) : 1 + cuts.nextInt(30_000));
                encoder.feed(ByteBuffer.wrap(stream, at, count));
                at += count;
                if (cuts.nextInt(4) == 0) {
                    encoder.flush();
                }
            }
            if (whole) {
                encoder.end();
            } else {
                encoder.flush();
            }
        }
        return out.toByteArray();
    }

    private static byte[] decode(byte[] coded, int pagesMax, SplittableRandom cuts, boolean whole) {
        var out = new ByteArrayOutputStream();
        try (var decoder = new PageDecoder(pagesMax, buffer -> out.writeBytes(bytes(buffer)))) {
            for (int at = 0; at < coded.length;) {
                int count = Math.min(coded.length - at, cuts.nextInt(3) == 0 ? 1 + cuts.nextInt(20) : 1 + cuts.nextInt(30_000));
                decoder.feed(ByteBuffer.wrap(coded, at, count));
                at += count;
            }
            assertThat(decoder.isWhole()).isEqualTo(whole);
            assertThat(decoder.bytes()).isEqualTo(out.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"1000, 1", "1000, 0", "10, 1", "1, 0", "0, 1", "0, 0", "1000, 9"})
    void everyStreamComesOutAsItWas(int pagesMax, int level) {
        for (int seed = 0; seed < 12; seed++) {
            var stream = Streams.whole(seed, 1 + seed % 4);
            var cuts = new SplittableRandom(seed);

            var coded = encode(stream, pagesMax, level, cuts, true);

            assertThat(Arrays.equals(decode(coded, pagesMax, cuts, true), stream)).as("seed %d", seed).isTrue();
            assertThat(coded.length).isLessThan(stream.length);
        }
    }

    @Test
    void aStreamThatBreaksOffComesOutAsFarAsWhatWasFlushed() {
        var stream = Streams.whole(5, 3);
        var cuts = new SplittableRandom(5);
        for (int length = 1; length < stream.length; length += 1 + cuts.nextInt(9_000)) {
            var part = Arrays.copyOf(stream, length);

            var out = decode(encode(part, PAGES, 1, cuts, false), PAGES, cuts, false);

            assertThat(out.length).isBetween(Math.max(0, length - 5_000), length); // of the last record a beginning may be kept back
            assertThat(Arrays.equals(out, Arrays.copyOf(part, out.length))).isTrue();
        }
    }

    @Test
    void aStreamThatEndsInAnyPlaceAndIsSaidToBeWholeIsWhole() {
        var stream = Streams.whole(6, 2);
        var cuts = new SplittableRandom(6);
        for (int length = 1; length < stream.length; length += 1 + cuts.nextInt(12_000)) {
            var part = Arrays.copyOf(stream, length);

            assertThat(Arrays.equals(decode(encode(part, PAGES, 1, cuts, true), PAGES, cuts, true), part)).isTrue();
        }
    }

    @Test
    void pagesThatChangeLittleCostLittle() {
        var page = new byte[StreamParser.PAGE];
        new SplittableRandom(1).nextBytes(page);
        var out = new ByteArrayOutputStream();
        try (var encoder = new PageEncoder(PAGES, 1, buffer -> out.writeBytes(bytes(buffer)))) {
            encoder.feed(ByteBuffer.wrap(Arrays.copyOf(Streams.whole(1, 1), 8))); // magic and version
            var section = ByteBuffer.allocate(100).put((byte) 1).putInt(2).put((byte) 3).put("ram".getBytes()).putInt(0).putInt(4).putLong(StreamParser.END)
                    .put((byte) 2).putInt(2);
            encoder.feed(section.flip());
            encoder.feed(ByteBuffer.allocate(8 + 3 + page.length).putLong(StreamParser.CONTENT).put((byte) 2).put("pc".getBytes()).put(page).flip());
            encoder.flush();
            int once = out.size();
            for (int i = 0; i < 100; i++) {
                page[i * 40]++;
                encoder.feed(ByteBuffer.allocate(8 + page.length).putLong(StreamParser.CONTENT | StreamParser.SAME_BLOCK).put(page).flip());
            }
            encoder.flush();

            assertThat(out.size() - once).isLessThan(100 * 30);
            assertThat(encoder.savedPages()).isEqualTo(100);
        }
    }

    private static void refused(byte[] stream, String why) {
        assertThatThrownBy(() -> encode(stream, PAGES, 1, new SplittableRandom(1), true))
                .isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED)).hasMessageContaining(why);
    }

    @Test
    void whatIsNoStreamIsRefused() {
        refused("GET / HTTP/1.1\r\n\r\n".getBytes(), "begins with 47455420, not with QEVM");
        var other = Streams.whole(1, 1);
        other[7] = 4;
        refused(other, "has version 4");
        var section = Arrays.copyOf(Streams.whole(1, 1), 9);
        section[8] = 0x33;
        refused(section, "unknown type 51");
        var configuration = ByteBuffer.allocate(20).putInt(0x5145564d).putInt(3).put((byte) 7).putInt(1025);
        refused(configuration.array(), "configuration of 1025 bytes");
    }

    @Test
    void recordsOfFeaturesThatMustBeOffAreRefused() {
        for (int flags : new int[] {0x40, 0x48, 0x80, 0x100, 0x200, 0x0a, 0x30, 0}) {
            var stream = ByteBuffer.allocate(100).putInt(0x5145564d).putInt(3).put((byte) 1).putInt(2).put((byte) 3).put("ram".getBytes()).putInt(0).putInt(4)
                    .putLong(4096 | flags).put(new byte[20]);

            refused(Arrays.copyOf(stream.array(), stream.position()), flags == 0x30 ? "flags 30" : "flags " + Integer.toHexString(flags));
        }
    }

    @Test
    void aLiveSectionOfAnotherPartIsPassedOnAsItIs() {
        var stream = ByteBuffer.allocate(200_000).putInt(0x5145564d).putInt(3).put((byte) 1).putInt(2).put((byte) 5).put("other".getBytes()).putInt(0).putInt(9);
        var cuts = new SplittableRandom(3);
        var noise = new byte[150_000];
        cuts.nextBytes(noise);
        var whole = Arrays.copyOf(stream.put(noise).array(), stream.position());

        assertThat(Arrays.equals(decode(encode(whole, PAGES, 1, cuts, true), PAGES, cuts, true), whole)).isTrue();
    }

    @Test
    void aStreamThatNeedsMoreMemoryThanIsKeptIsRefused() {
        var coded = encode(Streams.whole(1, 1), PAGES + 1, 1, new SplittableRandom(1), true);

        assertThatThrownBy(() -> decode(coded, PAGES, new SplittableRandom(1), true)).hasMessageContaining("needs a cache of 1001 pages; this node keeps 1000");
    }

    @Test
    void aByteThatChangedOnTheWayIsFoundAtTheEnd() {
        var coded = encode(Streams.whole(2, 2), PAGES, 0, new SplittableRandom(1), true);
        coded[coded.length - 5_000]++;

        assertThatThrownBy(() -> decode(coded, PAGES, new SplittableRandom(1), true)).hasMessageContaining("checksum");
    }

    private static List<byte[]> good(int level) {
        List<byte[]> good = new ArrayList<>();
        for (int seed = 0; seed < 4; seed++) {
            good.add(Arrays.copyOf(encode(Streams.whole(seed, 3), PAGES, level, new SplittableRandom(seed), true), 60_000));
        }
        return good;
    }

    @Test
    @Timeout(120)
    void hostileBytesAreRefusedOrComeOutAsSomething() {
        for (int level : new int[] {0, 1}) {
            new Fuzz(good(level), 7 + level, 4 << 20, 64).run(1_500, input -> {
                try (var decoder = new PageDecoder(PAGES, buffer -> { })) {
                    decoder.feed(ByteBuffer.wrap(input));
                } catch (DwcpException e) {
                    if (e.kind() != Kind.REJECTED) {
                        throw e;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    @Timeout(120)
    void hostileStreamsOfQemuAreRefusedOrComeOutAsTheyWere() {
        new Fuzz(List.of(Arrays.copyOf(Streams.whole(1, 2), 50_000), Arrays.copyOf(Streams.whole(2, 1), 30_000)), 3, 64 << 20, 64).run(600, input -> {
            try {
                var out = decode(encode(input, PAGES, 1, new SplittableRandom(1), true), PAGES, new SplittableRandom(2), true);
                assertThat(Arrays.equals(out, input)).isTrue();
            } catch (DwcpException e) {
                if (e.kind() != Kind.REJECTED) {
                    throw e;
                }
            }
        });
    }
}
