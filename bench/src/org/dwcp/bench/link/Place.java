// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.io.IOException;
import java.util.List;

import org.dwcp.testkit.wan.WanLink;

/** Where the two ends of a measurement run and how they reach each other. */
public interface Place {
    /** Address of the end that receives. */
    String address();

    /** Starts a process at an end. */
    Process start(WanLink.End end, ProcessBuilder builder) throws IOException;

    /** The two ends of an emulated link. */
    static Place on(WanLink link) {
        return new Place() {
            @Override
            public String address() {
                return link.address(WanLink.End.B);
            }

            @Override
            public Process start(WanLink.End end, ProcessBuilder builder) throws IOException {
                return link.start(end, builder);
            }
        };
    }

    /** Both ends on this machine's loopback interface. */
    static Place loopback() {
        return new Place() {
            @Override
            public String address() {
                return "127.0.0.1";
            }

            @Override
            public Process start(WanLink.End end, ProcessBuilder builder) throws IOException {
                return builder.start();
            }
        };
    }

    /** The program and first words of a JVM with this JVM's class path. */
    static List<String> java(String heap) {
        return List.of(java.nio.file.Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-Xmx" + heap, "-cp", System.getProperty("java.class.path"));
    }
}
