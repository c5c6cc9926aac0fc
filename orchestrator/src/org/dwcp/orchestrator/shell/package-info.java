// SPDX-License-Identifier: Apache-2.0
/**
 * The operator's commands, Gogo scope {@code dwcp}: one class a noun, one method a verb. A method returns a record of {@code shell.view}; it never
 * prints, except what runs on ({@code watch}, the progress of {@code send} and {@code fetch}). What moves traffic can be tried with
 * {@code --dry-run} and says how it is undone.
 */
package org.dwcp.orchestrator.shell;
