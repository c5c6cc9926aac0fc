// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.Optional;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes managers that stand beside the node's own: for embedding and for tests. An OSGi service. Thread-safe.
 * {@snippet :
 * static HybridManager small(HybridManagerFactory factory) {
 *     return factory.create(java.util.Optional.empty());
 * }
 * }
 */
@ProviderType
public interface HybridManagerFactory {
    /**
     * Makes a manager with no providers.
     *
     * @param config the configuration; empty means {@link HybridConfig#defaults()}
     * @return a manager that is not initialised yet; close it when done
     */
    HybridManager create(Optional<HybridConfig> config);

    /**
     * Makes the registry of a manager's components. Its lifecycle includes the manager's: what is not yet initialised or started, it
     * initialises and starts.
     *
     * @param manager made by {@link #create}
     * @return a registry that is not initialised yet; ends with the manager
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a manager that this factory has not made
     */
    ComponentRegistry registry(HybridManager manager);
}
