// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import org.dwcp.migration.flow.Threads;

/**
 * What a sink needs of its node.
 *
 * @param disk    the disk
 * @param self    the node's name, for messages
 * @param threads starts the threads that sync files
 */
public record SinkHost(Disk disk, String self, Threads threads) {
}
