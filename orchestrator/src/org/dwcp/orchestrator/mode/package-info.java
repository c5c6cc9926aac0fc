// SPDX-License-Identifier: Apache-2.0
/**
 * From measurements to a mode, of the node and of each link. {@link org.dwcp.orchestrator.mode.TransportLinks} asks the transports for each link and makes one sample of the
 * node; {@link org.dwcp.orchestrator.mode.RollingSamples} averages the last ten and leaves outliers out;
 * {@link org.dwcp.orchestrator.mode.ThresholdRule} decides with hysteresis; {@link org.dwcp.orchestrator.mode.LinkModeDetector} adds cooldown,
 * override and flags. Reasons and numbers: docs/adr/0011 and 0023.
 */
package org.dwcp.orchestrator.mode;
