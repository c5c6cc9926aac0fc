// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.util.HashMap;
import java.util.Map;

/**
 * What a link has carried since it was opened. Packets are single ones of at most the MTU, also where the kernel hands over many at once; bytes
 * are those of IP packets.
 *
 * @param aToB from end A to end B
 * @param bToA the other way
 */
public record WanStats(Direction aToB, Direction bToA) {
    /**
     * One direction.
     *
     * @param packetsIn      came from the sender
     * @param bytesIn        their bytes
     * @param packetsOut     were handed to the receiver
     * @param bytesOut       their bytes
     * @param lost           dropped by {@link WanCondition#loss}
     * @param queueDrops     dropped because the queue was full
     * @param cutDrops       dropped while the link was cut
     * @param overflows      dropped because the emulator's memory was full: the link was not what it should be
     * @param refused        not taken by the receiver's kernel
     * @param late           came out of order
     * @param queueBytes     wait for the wire now
     * @param queueBytesMost waited at most since these figures were asked for before
     */
    public record Direction(long packetsIn, long bytesIn, long packetsOut, long bytesOut, long lost, long queueDrops, long cutDrops, long overflows,
            long refused, long late, long queueBytes, long queueBytesMax) {
    }

    static WanStats parse(String line) {
        var values = new HashMap<String, Long>();
        for (var word : line.split(" ")) {
            var parts = word.split("=", 2);
            values.put(parts[0], Long.parseLong(parts[1]));
        }
        return new WanStats(direction(values, "ab."), direction(values, "ba."));
    }

    private static Direction direction(Map<String, Long> values, String prefix) {
        return new Direction(values.get(prefix + "inPackets"), values.get(prefix + "inBytes"), values.get(prefix + "outPackets"),
                values.get(prefix + "outBytes"), values.get(prefix + "lost"), values.get(prefix + "full"), values.get(prefix + "cut"),
                values.get(prefix + "overflow"), values.get(prefix + "refused"), values.get(prefix + "late"), values.get(prefix + "queueBytes"),
                values.get(prefix + "queueBytesMost"));
    }
}
