// SPDX-License-Identifier: Apache-2.0
/**
 * The demonstration: real node processes on loopback with shaped links between them, a stream of files and calls, and a script that changes everything
 * under the traffic. What it reports is counted from outside: the files in the receivers' folders are hashed here, not believed.
 */
package org.dwcp.distribution.demo;
