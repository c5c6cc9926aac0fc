// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.util.List;

/** What came by the deploy folder. A service inside this bundle. Thread-safe. */
public interface Plugins {
    /**
     * Lists the files.
     *
     * @return in order of name
     */
    List<Plugin> list();
}
