// SPDX-License-Identifier: Apache-2.0
/**
 * What commands return: records that hold the facts and know how to draw themselves on a screen. The same record goes to people as a table and to
 * programs as JSON, so the two can never disagree.
 */
package org.dwcp.orchestrator.shell.view;
