// SPDX-License-Identifier: Apache-2.0

/**
 * Channels over TCP lanes by Netty: the common core of the transport providers, which differ in {@link org.dwcp.transport.lane.LaneSettings}
 * and in their {@link org.dwcp.transport.lane.LanePolicy}.
 *
 * <p>A channel is one lane (ordered) or several (unordered); a lane is one TCP connection under TLS 1.3 (RFC 8446), authenticated at both ends.
 * On the wire a lane carries length-prefixed frames, see {@link org.dwcp.transport.lane.Wire}. It promises: every frame whole and at most once;
 * in order on a lane; and when a lane breaks, its whole channel ends with a cause at both ends, so that no loss of frames goes unnoticed.
 */
package org.dwcp.transport.lane;
