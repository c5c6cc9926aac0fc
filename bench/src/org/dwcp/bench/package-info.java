// SPDX-License-Identifier: Apache-2.0

/**
 * Runs a benchmark beside its peer on the same data in the same run and prints both numbers and their ratio. One package a
 * benchmark below this one; {@link org.dwcp.bench.Bench} lists them.
 */
package org.dwcp.bench;
