// SPDX-License-Identifier: Apache-2.0

/** What replicas and clients of the PBFT provider say to each other, and its bounded binary form. All types are immutable and thread-safe. */
package org.dwcp.consensus.v3.message;
