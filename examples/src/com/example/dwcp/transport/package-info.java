// SPDX-License-Identifier: Apache-2.0
/**
 * A transport in its plainest form, as a pattern for your own: each channel is one TLS 1.3 connection, a virtual thread reads it and another writes it.
 * It keeps every promise of {@link org.dwcp.api.transport.Transport} and tries to be neither fast nor clever. On the wire a channel begins with a
 * {@link com.example.dwcp.transport.Greeting}; then come frames, each a length of four bytes and its bytes; the length 0 ends the channel in order.
 */
package com.example.dwcp.transport;
