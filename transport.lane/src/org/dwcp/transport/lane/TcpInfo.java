// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;

/**
 * What Linux knows of one connection. Netty's own EpollTcpInfo lacks the delivery rate, so the structure is read raw; offsets are those of
 * {@code struct tcp_info} in linux/tcp.h, which only ever grows at its end.
 *
 * @param rttNs        smoothed round-trip time
 * @param rttMinNs     smallest round-trip time of the last minutes
 * @param deliveryBps  bits per second that arrived at the peer, newest sample
 * @param appLimited   true when that sample was limited by what was offered
 * @param bytesAcked   bytes that the peer has acknowledged
 * @param segmentsSent data segments sent, with repetitions
 * @param retransmits  data segments repeated
 * @param pacingBps    bits per second at which the kernel sends now, given enough to send
 * @param pacingMaxBps most bits per second that the socket was told to send
 * @param flightBytes  bytes sent and not acknowledged yet
 * @param arrivedBytes bytes that are known to be at the peer: acknowledged in order, and selectively behind a gap
 * @param busyNs       time with something under way since the connection began
 * @param heldNs       of that, time in which the peer's window or this end's buffer was the limit, and not the path
 */
record TcpInfo(long rttNs, long rttMinNs, long deliveryBps, boolean appLimited, long bytesAcked, long segmentsSent, long retransmits,
        long pacingBps, long pacingMaxBps, long flightBytes, long arrivedBytes, long busyNs, long heldNs) {
    private static final int BYTES = 240;
    private static final int SOL_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final RawUnixChannelOption OPTION = new RawUnixChannelOption("TCP_INFO", SOL_TCP, TCP_INFO, BYTES);

    /** Reads it; empty when the connection is gone. Call it for epoll channels only. */
    static Optional<TcpInfo> read(Channel channel) {
        try {
            return Optional.of(parse(channel.config().getOption(OPTION)));
        } catch (ChannelException e) {
            return Optional.empty(); // closed in the meantime
        }
    }

    static TcpInfo parse(ByteBuffer raw) {
        var info = raw.duplicate().order(ByteOrder.nativeOrder());
        int start = info.position();
        return new TcpInfo(
                Integer.toUnsignedLong(info.getInt(start + 68)) * 1_000,
                minimum(Integer.toUnsignedLong(info.getInt(start + 148))) * 1_000,
                bits(info.getLong(start + 160)),
                (info.get(start + 7) & 1) != 0,
                info.getLong(start + 120),
                Integer.toUnsignedLong(info.getInt(start + 156)),
                Integer.toUnsignedLong(info.getInt(start + 100)),
                bits(info.getLong(start + 104)),
                bits(info.getLong(start + 112)),
                Integer.toUnsignedLong(info.getInt(start + 24)) * Integer.toUnsignedLong(info.getInt(start + 16)),
                info.getLong(start + 120) + Integer.toUnsignedLong(info.getInt(start + 28)) * Integer.toUnsignedLong(info.getInt(start + 16)),
                info.getLong(start + 168) * 1_000,
                (info.getLong(start + 176) + info.getLong(start + 184)) * 1_000);
    }

    private static long minimum(long microseconds) {
        return microseconds == 0xffff_ffffL ? 0 : microseconds; // the kernel's word for "none yet"
    }

    private static long bits(long bytes) {
        return bytes < 0 || bytes > Long.MAX_VALUE / Byte.SIZE ? Long.MAX_VALUE : bytes * Byte.SIZE;
    }
}
