// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import org.osgi.annotation.bundle.Capability;

/**
 * A service with a name. The test registers it by hand, which the resolver has to be told.
 *
 * @param name the name
 */
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.dwcp.distribution.it.scr.Ranked\"")
public record Ranked(String name) {
}
