// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.dwcp.api.node.ProviderAdvert;

/**
 * Brings what a node has installed into the limits of one message, in an order that does not change by itself. What is too much is left out
 * from the end: a peer then does not choose it, which is safe.
 */
final class Adverts {
    /** Room for the other members of a HELLO. */
    private static final int BYTES_MAX = ControlCodec.FRAME_BYTES_MAX - (2 << 10);

    private Adverts() {
    }

    static List<ProviderAdvert> bounded(List<ProviderAdvert> providers) {
        var all = new ArrayList<ProviderAdvert>();
        providers.stream().filter(Adverts::isSpeakable).sorted(Comparator.comparing(ProviderAdvert::name).thenComparing(ProviderAdvert::version))
                .limit(ControlCodec.PROVIDERS_MAX).map(Adverts::bounded).forEach(all::add);
        while (ControlCodec.encode(new ControlMessage.Advert(all)).length > BYTES_MAX) {
            all.removeLast();
        }
        return List.copyOf(all);
    }

    private static boolean isSpeakable(ProviderAdvert provider) {
        return fits(provider.slot()) && fits(provider.name()) && fits(provider.version());
    }

    private static ProviderAdvert bounded(ProviderAdvert provider) {
        return new ProviderAdvert(provider.slot(), provider.name(), provider.version(),
                provider.capabilities().stream().filter(Adverts::fits).limit(ControlCodec.CAPABILITIES_MAX).toList(), provider.port());
    }

    private static boolean fits(String text) {
        return text.length() <= ControlCodec.TEXT_MAX;
    }
}
