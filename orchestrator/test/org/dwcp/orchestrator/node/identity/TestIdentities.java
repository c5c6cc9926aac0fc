// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.time.Instant;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;

/** A cluster's authority in memory, for tests of what uses identities. */
public final class TestIdentities {
    private final Authority authority = Authority.make(Instant.now());

    public NodeIdentity of(String name) {
        return new CertifiedIdentity(authority.issue(NodeId.of(name), Instant.now()), Instant.now());
    }

    /** An identity that was valid when it was loaded and is not any more. */
    public NodeIdentity expired(String name) {
        var then = Instant.now().minus(Authority.NODE_LIFE).minusSeconds(60);
        return new CertifiedIdentity(authority.issue(NodeId.of(name), then), then);
    }
}
