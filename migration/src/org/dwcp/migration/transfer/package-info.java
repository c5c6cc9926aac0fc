// SPDX-License-Identifier: Apache-2.0
/**
 * The service {@link org.dwcp.api.transfer.Transfers}: takes orders, keeps them on disk until they are done, runs them as flows of files, and shows
 * how they stand.
 */
package org.dwcp.migration.transfer;
