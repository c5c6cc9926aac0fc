// SPDX-License-Identifier: Apache-2.0
/** Replicated groups that the node itself hosts, from one start to the next: texts by key, for operators and scripts. */
package org.dwcp.orchestrator.group;
