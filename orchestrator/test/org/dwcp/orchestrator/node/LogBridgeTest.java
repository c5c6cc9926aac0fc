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
    @SuppressWarnings("deprecation") // so is the interface that it implements
    void takesTheOldInterfaceToo() {
        var bridge = new LogBridge("info");
        var old = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("osgi");
        old.addAppender(seen);
        try {
            bridge.log(org.osgi.service.log.LogService.LOG_ERROR, "e");
            bridge.log(org.osgi.service.log.LogService.LOG_WARNING, "w", new IllegalStateException("why"));
            bridge.log(null, org.osgi.service.log.LogService.LOG_INFO, "i");
            bridge.log(null, org.osgi.service.log.LogService.LOG_DEBUG, "hidden", null);
        } finally {
            old.detachAppender(seen);
        }

        assertThat(messages()).containsExactly("ERROR e", "WARN w", "INFO i");
    }

    @Test
    void tellsEachLevelAndItsName() {
        var all = new LogBridge("TRACE").getLogger(LogBridgeTest.class);
        assertThat(all.getName()).isEqualTo(LogBridgeTest.class.getName());
        assertThat(all).hasToString(LogBridgeTest.class.getName()).isEqualTo(all).isNotEqualTo(new LogBridge("TRACE").getLogger(NAME));
        assertThat(all.hashCode()).isEqualTo(System.identityHashCode(all));

        var some = new LogBridge("WARN").getLogger(null, NAME, Logger.class);
        assertThat(List.of(some.isTraceEnabled(), some.isDebugEnabled(), some.isInfoEnabled(), some.isWarnEnabled(), some.isErrorEnabled()))
                .containsExactly(false, false, false, true, true);
        logger().setLevel(ch.qos.logback.classic.Level.ERROR);
        try {
            assertThat(some.isWarnEnabled()).as("the log's own level counts too").isFalse();
        } finally {
            logger().setLevel(null);
        }
    }

    @Test
    void writesEveryLevelAndLeavesOutWhatIsNoMessage() {
        var log = new LogBridge("TRACE").getLogger(NAME);
        var before = logger().getLevel();
        logger().setLevel(ch.qos.logback.classic.Level.TRACE);
        try {
            log.trace("t");
            log.debug("d");
            log.audit("a {} {}", new Object[] {1, 2});
            log.info((String) null);
        } finally {
            logger().setLevel(before);
        }

        assertThat(messages()).containsExactly("TRACE t", "DEBUG d", "INFO a 1 2");
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
