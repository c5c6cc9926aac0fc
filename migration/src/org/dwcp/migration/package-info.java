// SPDX-License-Identifier: Apache-2.0
/** The component that makes transfers a service. What it is made of: {@code flow}, {@code file}, {@code transfer}; small calls are in {@code call}. */
package org.dwcp.migration;
