// SPDX-License-Identifier: Apache-2.0
package com.example.archive;

import java.nio.ByteBuffer;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Packs blocks with whatever provider of the slot the routing gives it. It knows the slot's interface and no provider. */
@Component(service = Consumer.class)
public final class Consumer {
    private final Route<Encoding> encodings;

    /** The adapter is never swapped, so it may be held; the slot itself is never referred to. */
    @Activate
    public Consumer(@Reference ModeAwareAdapter adapter) {
        encodings = adapter.route(Encoding.SLOT);
    }

    /** One piece of work: leased, counted and, as it may be done twice, repeated on the next provider if this one fails. */
    public ByteBuffer pack(String archive, ByteBuffer block) {
        return encodings.callIdempotent(RouteKey.of(archive), encoding -> frame(encoding, block.duplicate()));
    }

    /** Longer work: a lease, and a look between the steps whether the traffic of this key has moved. */
    public int packAll(String archive, Iterable<ByteBuffer> blocks) {
        RouteKey key = RouteKey.of(archive);
        int moves = 0;
        Lease<Encoding> lease = encodings.lease(key);
        try {
            for (ByteBuffer block : blocks) {
                if (!lease.isCurrent()) {
                    lease.close(); // the old provider can drain now
                    lease = encodings.lease(key);
                    moves++;
                }
                frame(lease.provider(), block.duplicate());
            }
        } finally {
            lease.close();
        }
        return moves;
    }

    private static ByteBuffer frame(Encoding encoding, ByteBuffer block) {
        ByteBuffer frame = ByteBuffer.allocateDirect(encoding.frameBytesMax(block.remaining()));
        encoding.encode(block, frame);
        return frame.flip();
    }
}
