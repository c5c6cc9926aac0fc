// SPDX-License-Identifier: Apache-2.0

/** The client's half of the protocol, as pure as the replica's. */
package org.dwcp.consensus.v3.client;
