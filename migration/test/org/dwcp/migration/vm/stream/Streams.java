// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Migration streams as QEMU writes them, with a guest that goes on changing its memory. */
public final class Streams {
    private static final int BLOCK_PAGES = 64;

    private final SplittableRandom random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final byte[][] memory = new byte[BLOCK_PAGES][StreamParser.PAGE];

    private Streams(long seed) {
        random = new SplittableRandom(seed);
    }

    /** A whole stream of so many rounds. */
    public static byte[] whole(long seed, int rounds) {
        var stream = new Streams(seed);
        stream.head();
        stream.memorySetup();
        for (int round = 0; round < rounds; round++) {
            stream.round(round + 1 < rounds ? 2 : 3, round == 0);
        }
        stream.devices();
        return stream.out.toByteArray();
    }

    private void put(int bytes, java.util.function.Consumer<ByteBuffer> writer) {
        var buffer = ByteBuffer.allocate(bytes);
        writer.accept(buffer);
        out.write(buffer.array(), 0, buffer.position());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void head() {
        put(64, b -> b.putInt(0x5145564d).putInt(3).put((byte) 7).putInt(10).put(ascii("pc-q35-8.0")));
    }

    private void footer(int section) {
        put(5, b -> b.put((byte) 0x7e).putInt(section));
    }

    private void memorySetup() {
        put(100, b -> b.put((byte) 1).putInt(2).put((byte) 3).put(ascii("ram")).putInt(0).putInt(4));
        long bytes = (long) BLOCK_PAGES * StreamParser.PAGE;
        put(100, b -> b.putLong(2 * bytes | StreamParser.SIZES).put((byte) 6).put(ascii("pc.ram")).putLong(bytes).put((byte) 4).put(ascii("vram")).putLong(bytes)
                .putLong(StreamParser.END));
        footer(2);
        put(16, b -> b.put((byte) 8).putShort((short) 3).putShort((short) 4).putInt(77)); // a command
    }

    private void round(int type, boolean first) {
        put(5, b -> b.put((byte) type).putInt(2));
        String before = "";
        for (int page = 0; page < 2 * BLOCK_PAGES; page++) {
            if (!first && random.nextInt(3) > 0) {
                continue;
            }
            int number = page % BLOCK_PAGES;
            String name = page < BLOCK_PAGES ? "pc.ram" : "vram";
            boolean same = name.equals(before) && random.nextInt(20) > 0;
            long address = (long) number * StreamParser.PAGE;
            change(number);
            boolean zero = random.nextInt(4) == 0 || number > 40 && number < 50;
            int flags = (zero ? StreamParser.ZERO : StreamParser.CONTENT) | (same ? StreamParser.SAME_BLOCK : 0);
            put(8, b -> b.putLong(address | flags));
            if (!same) {
                put(20, b -> b.put((byte) name.length()).put(ascii(name)));
            }
            put(StreamParser.PAGE, b -> {
                if (zero) {
                    b.put((byte) 0);
                } else {
                    b.put(memory[number]);
                }
            });
            before = name;
        }
        put(8, b -> b.putLong(StreamParser.END));
        footer(2);
    }

    /** Nothing, a counter, another page's content, text, noise. */
    private void change(int number) {
        byte[] page = memory[number];
        switch (random.nextInt(6)) {
            case 0 -> page[random.nextInt(page.length)]++;
            case 1 -> System.arraycopy(memory[random.nextInt(BLOCK_PAGES)], 0, page, 0, page.length);
            case 2 -> {
                for (int i = 0; i < page.length; i++) {
                    page[i] = (byte) ("some text that repeats " + number).charAt(i % 20);
                }
            }
            case 3 -> random.nextBytes(page);
            case 4 -> {
                for (int i = 0; i < 200; i++) {
                    page[random.nextInt(page.length)] = (byte) random.nextInt();
                }
            }
            default -> {
                // as it was
            }
        }
    }

    private void devices() {
        put(200, b -> b.put((byte) 4).putInt(3).put((byte) 5).put(ascii("timer")).putInt(0).putInt(2).put(ascii("whatever a device says")).put((byte) 0x7e).putInt(3));
        var noise = new byte[100_000];
        random.nextBytes(noise);
        out.writeBytes(noise);
    }
}
