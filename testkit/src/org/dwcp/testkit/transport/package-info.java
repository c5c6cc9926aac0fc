// SPDX-License-Identifier: Apache-2.0

/**
 * The contract of the transport slot as tests, for every provider, ours or not: {@link org.dwcp.testkit.transport.TransportContract}, and
 * {@link org.dwcp.testkit.transport.NetworkTransportContract} for those that use a network. And a link that can be bent:
 * {@link org.dwcp.testkit.transport.LinkShaper}.
 */
@Export
@Version("1.0.0")
package org.dwcp.testkit.transport;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
