// SPDX-License-Identifier: Apache-2.0
/**
 * The orchestrator's configuration. One table ({@link org.dwcp.orchestrator.config.Setting}) names every key with its default and limits; an
 * environment variable overrides Config Admin, which overrides the default. A bad value never takes the node down: the last good one stays
 * and the problem is shown until it is mended.
 */
package org.dwcp.orchestrator.config;
