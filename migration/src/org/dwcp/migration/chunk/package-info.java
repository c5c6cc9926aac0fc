// SPDX-License-Identifier: Apache-2.0
/**
 * The chunk store: content-defined chunks named by their SHA-256, kept in compressed packs, referenced by recipes. What it promises, the file formats
 * and what was measured: {@code docs/adr/0033-chunk-store.md}. It knows no network; {@code image} moves its packs between nodes.
 */
package org.dwcp.migration.chunk;
