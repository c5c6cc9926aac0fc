// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.List;

import org.dwcp.api.hybrid.RouteKey;

/**
 * How a slot's keys are spread: two yes-or-no questions about the key's hash (may it use v3, is it in the rollout) give four orders of
 * providers. A question is {@code hash(salt, key) < percent}, so raising a percentage only ever adds keys: none moves back. Immutable.
 *
 * @param v3Salt              salt of the first question
 * @param v3Percent           percentage of keys that may use v3; 100 when the question does not matter
 * @param rolloutSalt         salt of the second question
 * @param rolloutShare        percentage of keys in the rollout; 0 when there is none
 * @param base                order for keys that may use v3 and are not in the rollout: first the provider, then its fallbacks
 * @param baseWithoutV3       order for keys that may not and are not
 * @param candidate           order for keys that may and are
 * @param candidateWithoutV3  order for keys that may not and are
 */
public record Split(long v3Salt, int v3Percent, long rolloutSalt, int rolloutShare, List<String> base, List<String> baseWithoutV3,
        List<String> candidate, List<String> candidateWithoutV3) {
    /** Copies the lists. */
    public Split {
        base = List.copyOf(base);
        baseWithoutV3 = List.copyOf(baseWithoutV3);
        candidate = List.copyOf(candidate);
        candidateWithoutV3 = List.copyOf(candidateWithoutV3);
    }

    /** Makes the split of a slot whose keys all have the same order. */
    static Split all(List<String> order) {
        return new Split(0, 100, 0, 0, order, order, order, order);
    }

    /** Returns the salt for a question, the same on every node with the same texts. */
    public static long salt(String... parts) {
        return RouteKey.hash(String.join("\u0000", parts));
    }

    /**
     * Asks one question.
     *
     * @param keyHash {@link RouteKey#hash()}
     * @param salt    the question's salt
     * @param percent 0 to 100
     * @return true for that share of the keys; a key stays true when the percentage grows
     */
    public static boolean below(long keyHash, long salt, int percent) {
        return ((RouteKey.mix(keyHash ^ salt) >>> 32) * 100 >>> 32) < percent;
    }

    /** Returns the order of providers for a key. */
    public List<String> order(long keyHash) {
        boolean v3 = v3Percent == 100 || below(keyHash, v3Salt, v3Percent);
        boolean in = rolloutShare > 0 && below(keyHash, rolloutSalt, rolloutShare);
        return in ? v3 ? candidate : candidateWithoutV3 : v3 ? base : baseWithoutV3;
    }
}
