// SPDX-License-Identifier: Apache-2.0
/**
 * A provider of the consensus slot on the one BFT-SMaRt derivative that registries have, to show that the slot takes another library. <b>Not for production</b>: MD5 over
 * proposals, MAC keys from a public string, unauthenticated lines, Java serialization, a leader after state transfer that is believed by count of senders.
 */
package com.example.dwcp.smart;
