// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;

/**
 * A key with its certificates. Immutable.
 *
 * @param key         the private key of the first certificate; never logged, so this record does not print it
 * @param chain       own certificate first, the authority that issued it last
 * @param authorities whom to trust, at least one
 */
record Credentials(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> authorities) {
    Credentials {
        Objects.requireNonNull(key);
        chain = List.copyOf(chain);
        authorities = List.copyOf(authorities);
    }

    X509Certificate own() {
        return chain.getFirst();
    }

    @Override
    public String toString() {
        return "credentials of " + own().getSubjectX500Principal().getName();
    }
}
