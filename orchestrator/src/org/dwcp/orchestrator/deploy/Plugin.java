// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.util.List;

/**
 * One file of the deploy folder as it stands. Immutable.
 *
 * @param jar          name of the file
 * @param state        how it stands
 * @param symbolicName of its bundle, empty text when it could not be read
 * @param version      of its bundle, empty text when it could not be read
 * @param bundleId     id of the bundle, -1 when none is installed
 * @param providers    names of the slots' providers that it brings, as {@code slot provider}
 * @param note         why it was refused, or what is being waited for; one line, empty text when all is well
 */
public record Plugin(String jar, State state, String symbolicName, String version, long bundleId, List<String> providers, String note) {
    /** How a file stands. */
    public enum State {
        /** It still changes. */
        COPYING,
        /** It will not be installed until it changes. */
        REFUSED,
        /** Installed and started. */
        ACTIVE,
        /** The file is gone; its bundle goes when its work is done. */
        DRAINING
    }

    /** Copies the list. */
    public Plugin {
        providers = List.copyOf(providers);
    }
}
