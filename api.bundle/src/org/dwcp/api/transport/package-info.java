// SPDX-License-Identifier: Apache-2.0
/**
 * The transport slot: channels of whole frames to a peer, over as many lanes as the provider finds worth it.
 */
@Export
@Version("1.0.0")
package org.dwcp.api.transport;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
