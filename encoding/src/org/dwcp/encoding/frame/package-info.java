// SPDX-License-Identifier: Apache-2.0
/**
 * What the providers of the encoding slot have in common: the frame around a payload, and a bounded pool of codecs that are not thread-safe.
 * Each provider's bundle holds its own copy of this package and exports nothing, so that none depends on another.
 */
package org.dwcp.encoding.frame;
