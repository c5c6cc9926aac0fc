// SPDX-License-Identifier: Apache-2.0
/**
 * Encoding without a codec: each frame holds its block as it was, with a header and checksums. The fallback of last resort; it cannot fail.
 */
package org.dwcp.encoding.v0;
