// SPDX-License-Identifier: Apache-2.0
/**
 * The deploy folder: a bundle that is put there is checked, tried, installed beside what runs and started at share 0; one that is taken away is drained
 * and uninstalled. Nothing else is stopped, refreshed or updated. The folder is the only thing that is kept: what is installed is brought in line
 * with it at every start. See docs/adr/0014.
 */
package org.dwcp.orchestrator.deploy;
