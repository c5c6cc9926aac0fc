// SPDX-License-Identifier: Apache-2.0

/** What a codec saves and costs on real files, beside the bare library: the difference is the price of frames and checksums. */
package org.dwcp.bench.encoding;
