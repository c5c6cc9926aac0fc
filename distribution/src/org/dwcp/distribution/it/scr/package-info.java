// SPDX-License-Identifier: Apache-2.0
/**
 * Small components that hold a service in each way that Declarative Services offers. {@code ScrRankingIT} pins what they see when rankings
 * change: our rule that nobody holds a slot by a reference stands on it.
 */
package org.dwcp.distribution.it.scr;
