// SPDX-License-Identifier: Apache-2.0
/** Nothing of ours: the bundle of this project holds Apache Ratis and what it needs, see its README. */
package org.dwcp.consensus.ratis;
