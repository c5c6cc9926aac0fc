// SPDX-License-Identifier: Apache-2.0
/**
 * The decision: a pure function from flags, mode and what is known of each provider to the order and the share of the providers of each slot,
 * with its grounds in words. No thread, no clock, no OSGi: the same code runs on a node, in a preview and in a transcript.
 */
package org.dwcp.orchestrator.decide;
