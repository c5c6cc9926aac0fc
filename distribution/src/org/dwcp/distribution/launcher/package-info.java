// SPDX-License-Identifier: Apache-2.0

/** Starts a node: one JVM, one framework, the bundles of {@code system/}. Lives outside the framework, on the class path. */
package org.dwcp.distribution.launcher;
