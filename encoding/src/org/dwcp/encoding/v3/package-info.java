// SPDX-License-Identifier: Apache-2.0
/**
 * Encoding by Zstandard frames (RFC 8878), for networks where each byte counts: the level follows the node's mode. Natives come from the
 * zstd-jni bundle, which stays when this one goes.
 */
package org.dwcp.encoding.v3;
