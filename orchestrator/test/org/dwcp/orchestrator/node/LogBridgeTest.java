// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.Logger;
import org.slf4j.LoggerFactory;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

class LogBridgeTest {
    private static final String NAME = "some.bundle";

    private final ListAppender<ILoggingEvent> seen = new ListAppender<>();

    @BeforeEach
    void listen() {
        seen.start();
        logger().addAppender(seen);
    }

    @AfterEach
    void stop() {
        logger().detachAppender(seen);
    }

    @Test
    void passesMessageValuesAndFailureOn() {
        var log = new LogBridge("INFO").getLogger(NAME);
        var failure = new IllegalStateException("why");

        log.info("plain");
        log.warn("one {} of {}", 1, 2);
        log.error("three {} {} {}", 1, 2, 3);
        log.error("failed {}", "x", failure);
        log.error("failed", failure);

        assertThat(messages()).containsExactly("INFO plain", "WARN one 1 of 2", "ERROR three 1 2 3", "ERROR failed x", "ERROR failed");
        assertThat(seen.list.get(3).getThrowableProxy().getMessage()).isEqualTo("why");
        assertThat(seen.list.get(4).getThrowableProxy().getMessage()).isEqualTo("why");
    }

    @Test
    void formatsAsTheFormatterLoggerDoes() {
        new LogBridge("INFO").getLogger(NAME, FormatterLogger.class).info("%05d %s", 42, "x");

        assertThat(messages()).containsExactly("INFO 00042 x");
    }

    @Test
    void holdsBackWhatIsBelowItsLevel() {
        var quiet = new LogBridge("").getLogger(NAME);
        quiet.debug("hidden");
        assertThat(quiet.isDebugEnabled()).isFalse();
        assertThat(quiet.isInfoEnabled()).isTrue();

        new LogBridge("debug").getLogger(NAME).debug("shown");

        assertThat(messages()).containsExactly("DEBUG shown");
    }

    @Test
    void refusesATypeOfLoggerThatIsNotStandard() {
        interface Own extends Logger {
        }

        assertThatThrownBy(() -> new LogBridge("INFO").getLogger(NAME, Own.class)).isInstanceOf(IllegalArgumentException.class);
    }

    private List<String> messages() {
        return seen.list.stream().map(event -> event.getLevel() + " " + event.getFormattedMessage()).toList();
    }

    private static ch.qos.logback.classic.Logger logger() {
        return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(NAME);
    }
}
