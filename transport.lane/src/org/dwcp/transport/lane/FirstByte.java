// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;

/** Tells by the first byte of an accepted connection whether it begins with TLS or with a ticket, puts what handles that in its place and leaves. */
final class FirstByte extends ChannelInboundHandlerAdapter {
    private final Consumer<ChannelPipeline> tls;
    private final Consumer<ChannelPipeline> ticket;

    /** Both put their handlers in front of all that are there. */
    FirstByte(Consumer<ChannelPipeline> tls, Consumer<ChannelPipeline> ticket) {
        this.tls = tls;
        this.ticket = ticket;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var in = (ByteBuf) message;
        var pipeline = context.pipeline();
        pipeline.remove(this);
        (in.getByte(in.readerIndex()) == TicketHandshake.FIRST ? ticket : tls).accept(pipeline);
        pipeline.fireChannelRead(in);
    }
}
