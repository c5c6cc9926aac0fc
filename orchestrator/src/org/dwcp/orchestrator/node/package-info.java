// SPDX-License-Identifier: Apache-2.0
/**
 * What every part needs of the node it runs on: clock, randomness, folders, executors. Identity is in {@code identity}, peers and the control
 * connection in {@code peer}. Each service is a plain class with a thin component around it; none is ever swapped.
 */
package org.dwcp.orchestrator.node;
