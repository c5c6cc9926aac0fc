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
 * @param pacingMaxBps most bits per second that the socket was told to send
 * @param flightBytes  bytes sent and not acknowledged yet
 */
record TcpInfo(long rttNs, long rttMinNs, long deliveryBps, boolean appLimited, long bytesAcked, long segmentsSent, long retransmits,
        long pacingMaxBps, long flightBytes) {
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
                bits(info.getLong(start + 112)),
                Integer.toUnsignedLong(info.getInt(start + 24)) * Integer.toUnsignedLong(info.getInt(start + 16)));
    }

    private static long minimum(long microseconds) {
        return microseconds == 0xffff_ffffL ? 0 : microseconds; // the kernel's word for "none yet"
    }

    private static long bits(long bytes) {
        return bytes < 0 || bytes > Long.MAX_VALUE / Byte.SIZE ? Long.MAX_VALUE : bytes * Byte.SIZE;
    }
}
