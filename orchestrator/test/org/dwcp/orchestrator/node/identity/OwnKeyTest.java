// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.dwcp.api.NodeId;
import org.junit.jupiter.api.Test;

class OwnKeyTest {
    private final Credentials credentials = Authority.make(Instant.now()).issue(NodeId.of("porto"), Instant.now());
    private final OwnKey key = new OwnKey(credentials);

    @Test
    void offersItsOneKeyForItsTypeAndNoOther() {
        var type = credentials.key().getAlgorithm();

        assertThat(key.getServerAliases(type, null)).containsExactly("node");
        assertThat(key.getClientAliases(type, null)).containsExactly("node");
        assertThat(key.chooseServerAlias(type, null, null)).isEqualTo("node");
        assertThat(key.chooseClientAlias(new String[] {"any"}, null, null)).isEqualTo("node");
        assertThat(key.getServerAliases("DSA", null)).isNull();
        assertThat(key.chooseEngineServerAlias("DSA", null, null)).isNull();
    }

    @Test
    void givesKeyAndChainByItsNameOnly() {
        assertThat(key.getPrivateKey("node")).isEqualTo(credentials.key());
        assertThat(key.getCertificateChain("node")).containsExactlyElementsOf(credentials.chain());
        assertThat(key.getPrivateKey("other")).isNull();
        assertThat(key.getCertificateChain("other")).isNull();
    }
}
