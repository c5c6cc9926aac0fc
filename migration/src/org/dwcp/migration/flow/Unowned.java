// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;

/** Owner of a link between its opening and the greeting: nothing is expected then. */
enum Unowned implements Link.Owner {
    INSTANCE;

    @Override
    public void onMessage(Link link, Message message) {
        link.refuse(Kind.REJECTED, message.getClass().getSimpleName() + " before the greeting");
    }

    @Override
    public void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload) {
        link.refuse(Kind.REJECTED, "chunk before the greeting");
    }

    @Override
    public void onLaneLost(Link link, int lane) {
        // Nothing was said yet.
    }

    @Override
    public void onBroken(Link link, String why) {
        // The connector sees it at the link's answer.
    }
}
