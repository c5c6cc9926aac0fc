// SPDX-License-Identifier: Apache-2.0

/**
 * Transport v0: channels between nodes that live in one JVM, by bounded queues. A complete provider under the same contract as the others. Nodes
 * in one JVM have class spaces of their own, so what they share is made of JDK types only, see {@link org.dwcp.transport.v0.Exchange}.
 */
package org.dwcp.transport.v0;
