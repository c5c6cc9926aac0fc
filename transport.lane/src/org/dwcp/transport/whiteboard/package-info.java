// SPDX-License-Identifier: Apache-2.0

/** What every transport provider does alike: look up protocol handlers and check what a caller gives it. */
package org.dwcp.transport.whiteboard;
