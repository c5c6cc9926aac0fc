// SPDX-License-Identifier: Apache-2.0
/** Disk images and their updates beside the tools that people use for them. */
package org.dwcp.bench.image;
