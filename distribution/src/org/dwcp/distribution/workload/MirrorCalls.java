// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.CallHandler;
import org.osgi.service.component.annotations.Component;

/** Answers each call with its bytes in reverse: an answer that nobody gives by accident. */
@Component(service = CallHandler.class, property = CallHandler.METHOD + "=" + MirrorCalls.METHOD)
public final class MirrorCalls implements CallHandler {
    static final String METHOD = "workload.mirror";

    @Override
    public byte[] handle(NodeId caller, byte[] body) {
        return mirror(body);
    }

    static byte[] mirror(byte[] bytes) {
        byte[] mirrored = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            mirrored[i] = bytes[bytes.length - 1 - i];
        }
        return mirrored;
    }
}
