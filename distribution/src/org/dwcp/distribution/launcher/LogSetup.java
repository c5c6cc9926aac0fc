// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;

/**
 * The log of a process that is a node: everything from INFO in {@code log/dwcp.log}, which is bounded, and from WARN on the terminal. Set in
 * code: reading it from XML takes longer than the rest of the launcher. Nodes inside another program leave logging to that program.
 */
final class LogSetup {
    /** The launcher's own logger. */
    static final Logger LOG = LoggerFactory.getLogger("org.dwcp.distribution.launcher");
    /** Framework property: least level of the file. */
    static final String LEVEL = "dwcp.log.level";

    private static final String FILE_BYTES_MAX = "20MB";
    private static final int FILES_MAX = 5;
    /** Libraries that tell at INFO what only their authors want to know. */
    private static final List<String> LOUD = List.of("org.apache.ratis");

    private final LoggerContext context;

    private LogSetup(LoggerContext context) {
        this.context = context;
    }

    static LogSetup to(Path folder, String node, String level) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level, Level.INFO));
        LOUD.forEach(library -> context.getLogger(library).setLevel(Level.toLevel(level, Level.INFO) == Level.INFO ? Level.WARN : Level.toLevel(level, Level.INFO)));
        root.addAppender(file(context, folder, node));
        root.addAppender(terminal(context, node));
        return new LogSetup(context);
    }

    private static RollingFileAppender<ILoggingEvent> file(LoggerContext context, Path folder, String node) {
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setFile(folder.resolve("dwcp.log").toString());
        encode(context, appender, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] node=" + node + " %logger{36} %msg%n");
        var rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(folder.resolve("dwcp.%i.log").toString());
        rolling.setMaxIndex(FILES_MAX);
        rolling.start();
        var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        trigger.setContext(context);
        trigger.setMaxFileSize(FileSize.valueOf(FILE_BYTES_MAX));
        trigger.start();
        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(trigger);
        appender.start();
        return appender;
    }

    private static ConsoleAppender<ILoggingEvent> terminal(LoggerContext context, String node) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setTarget("System.err");
        encode(context, appender, "%d{HH:mm:ss.SSS} %-5level node=" + node + " %logger{0} %msg%n%nopex");
        var threshold = new ThresholdFilter();
        threshold.setLevel(Level.WARN.levelStr);
        threshold.start();
        appender.addFilter(threshold);
        appender.start();
        return appender;
    }

    private static void encode(LoggerContext context, OutputStreamAppender<ILoggingEvent> appender, String pattern) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setPattern(pattern);
        encoder.start();
        appender.setEncoder(encoder);
    }

    /** Writes out what waits and closes the file. */
    void stop() {
        context.stop();
    }
}
