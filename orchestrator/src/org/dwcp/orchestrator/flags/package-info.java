// SPDX-License-Identifier: Apache-2.0
/**
 * The node's feature flags. The state is one immutable value behind a volatile field; a file keeps it over restarts and is watched, so that an
 * operator with an editor is as good as one with a shell. What cannot be read is refused and never overwritten without a copy.
 */
package org.dwcp.orchestrator.flags;
