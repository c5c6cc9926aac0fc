// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * What stands in the place of TLS on a connection without it. Both ends prove that they know the ticket's key, each for nonces of both:
 *
 * <pre>
 * opener                                    acceptor
 *   "DWT1" ticket's id, nonce     --&gt;
 *                                 &lt;--      nonce, proof
 *   proof                         --&gt;
 * </pre>
 *
 * All lengths are fixed, so a stranger makes it hold {@value #HELLO_BYTES} bytes. When it is done it tells the lane by {@link Secured} and leaves.
 */
abstract sealed class TicketHandshake extends ChannelInboundHandlerAdapter {
    /** First byte; TLS begins with 0x16. */
    static final byte FIRST = 'D';
    static final int HELLO_BYTES = 4 + Ticket.ID_BYTES + Ticket.NONCE_BYTES;
    private static final int MAGIC = 0x44575431; // "DWT1"

    final Tickets tickets;
    final byte[] nonce;
    private final ByteBuffer partial;

    private TicketHandshake(Tickets tickets, int messageBytesMax) {
        this.tickets = tickets;
        nonce = tickets.random(Ticket.NONCE_BYTES);
        partial = ByteBuffer.allocate(messageBytesMax);
    }

    /** Bytes of the message that is due. */
    abstract int due();

    /** Takes a whole message; true when the handshake is done. */
    abstract boolean take(ChannelHandlerContext context, ByteBuffer message);

    abstract Secured secured();

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        var in = (ByteBuf) message;
        boolean passedOn = false;
        try {
            while (in.isReadable()) {
                partial.limit(Math.min(due(), partial.position() + in.readableBytes()));
                in.readBytes(partial);
                if (partial.position() < due()) {
                    return;
                }
                boolean done = take(context, partial.flip());
                partial.clear();
                if (done) {
                    context.fireUserEventTriggered(secured());
                    passedOn = in.isReadable();
                    if (passedOn) {
                        context.fireChannelRead(in);
                    }
                    context.pipeline().remove(this);
                    return;
                }
            }
        } catch (TransportException e) {
            context.fireExceptionCaught(e);
        } finally {
            if (!passedOn) {
                in.release();
            }
        }
    }

    static byte[] bytes(ByteBuffer from, int count) {
        var bytes = new byte[count];
        from.get(bytes);
        return bytes;
    }

    static void write(ChannelHandlerContext context, byte[]... parts) {
        context.writeAndFlush(Unpooled.wrappedBuffer(parts));
    }

    /** The end that got the ticket. */
    static final class Opening extends TicketHandshake {
        private final Ticket ticket;

        Opening(Tickets tickets, Ticket ticket) {
            super(tickets, Ticket.NONCE_BYTES + Ticket.PROOF_BYTES);
            this.ticket = ticket;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            write(context, ByteBuffer.allocate(HELLO_BYTES).putInt(MAGIC).put(ticket.id().duplicate()).put(nonce).array());
            context.fireChannelActive();
        }

        @Override
        int due() {
            return Ticket.NONCE_BYTES + Ticket.PROOF_BYTES;
        }

        @Override
        boolean take(ChannelHandlerContext context, ByteBuffer message) {
            var theirs = bytes(message, Ticket.NONCE_BYTES);
            if (!ticket.isProof(bytes(message, Ticket.PROOF_BYTES), Ticket.End.ACCEPTOR, nonce, theirs)) {
                throw new TransportException(Kind.UNAVAILABLE, "who answers there does not know the ticket that " + ticket.peer() + " gave");
            }
            write(context, ticket.proof(Ticket.End.OPENER, nonce, theirs));
            return true;
        }

        @Override
        Secured secured() {
            return new Secured(ticket.peer());
        }
    }

    /** The end that gave the ticket. */
    static final class Accepting extends TicketHandshake {
        private final Function<ByteBuffer, Optional<Ticket>> use;
        private Ticket ticket;
        private byte[] theirs;

        Accepting(Tickets tickets, Function<ByteBuffer, Optional<Ticket>> use) {
            super(tickets, HELLO_BYTES);
            this.use = use;
        }

        @Override
        int due() {
            return ticket == null ? HELLO_BYTES : Ticket.PROOF_BYTES;
        }

        @Override
        boolean take(ChannelHandlerContext context, ByteBuffer message) {
            if (ticket != null) {
                if (!ticket.isProof(bytes(message, Ticket.PROOF_BYTES), Ticket.End.OPENER, theirs, nonce)) {
                    throw new TransportException(Kind.REJECTED, "wrong proof for the ticket of " + ticket.peer());
                }
                return true;
            }
            if (message.getInt() != MAGIC) {
                throw new TransportException(Kind.REJECTED, "neither TLS nor a ticket");
            }
            ticket = use.apply(ByteBuffer.wrap(bytes(message, Ticket.ID_BYTES)))
                    .orElseThrow(() -> new TransportException(Kind.REJECTED, "unknown, used or outdated ticket"));
            theirs = bytes(message, Ticket.NONCE_BYTES);
            write(context, nonce, ticket.proof(Ticket.End.ACCEPTOR, theirs, nonce));
            return false;
        }

        @Override
        Secured secured() {
            return new Secured(ticket.peer());
        }
    }
}
