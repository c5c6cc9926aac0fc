// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.nio.file.Path;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The node's folders: {@code etc data deploy log} under one home. Thread-safe.
 * {@snippet :
 * static java.nio.file.Path flags(NodeFolders folders) {
 *     return folders.etc().resolve("flags.json");
 * }
 * }
 */
@ProviderType
public interface NodeFolders {
    /**
     * Gives the folder of configuration that people edit.
     *
     * @return an existing folder
     */
    Path etc();

    /**
     * Gives a part's own folder for what must survive a restart.
     *
     * @param part name of the part, {@code a-z 0-9 . -}
     * @return an existing folder below {@code data}
     */
    Path data(String part);

    /**
     * Gives the folder where bundles are dropped.
     *
     * @return an existing folder
     */
    Path deploy();

    /**
     * Gives the folder of received files.
     *
     * @return an existing folder, {@code data/inbox} unless configured otherwise
     */
    Path inbox();
}
