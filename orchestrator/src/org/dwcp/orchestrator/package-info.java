// SPDX-License-Identifier: Apache-2.0
/**
 * The orchestrator: decides which provider of each slot gets the next piece of work. One package a concern: {@code decide} is the pure
 * decision, {@code route} hands out leases, {@code swap} carries decisions out, {@code health} opens and closes breakers, {@code mode} and
 * {@code flags} supply inputs, {@code node} gives every part what it needs of its node, {@code shell} and {@code deploy} are for operators.
 */
package org.dwcp.orchestrator;
