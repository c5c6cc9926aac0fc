// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings what the framework's services have to say (Declarative Services, Config Admin, File Install) into the node's log. Without a log service
 * they print to the terminal.
 */
@Component(service = {LogService.class, LoggerFactory.class})
@SuppressWarnings("deprecation") // half of the standard's interface is
public final class LogBridge implements LogService {
    /** Framework property: least level that is passed on. These services write hundreds of lines a start at DEBUG, of use to their authors only. */
    static final String LEVEL = "dwcp.log.osgi";

    private final Level least;

    /**
     * Makes the bridge.
     *
     * @param context gives the framework property {@link #LEVEL}
     */
    @Activate
    public LogBridge(BundleContext context) {
        this(context.getProperty(LEVEL));
    }

    LogBridge(String level) {
        least = Arrays.stream(Level.values()).filter(known -> known.name().equalsIgnoreCase(level)).findFirst().orElse(Level.INFO);
    }

    @Override
    public void log(int level, String message) {
        log(level, message, null);
    }

    @Override
    public void log(int level, String message, Throwable failure) {
        var at = switch (level) {
            case LOG_ERROR -> Level.ERROR;
            case LOG_WARNING -> Level.WARN;
            case LOG_INFO -> Level.INFO;
            default -> Level.DEBUG;
        };
        if (at.toInt() >= least.toInt()) {
            org.slf4j.LoggerFactory.getLogger("osgi").atLevel(at).setCause(failure).log(message);
        }
    }

    @Override
    public void log(ServiceReference<?> reference, int level, String message) {
        log(level, message, null);
    }

    @Override
    public void log(ServiceReference<?> reference, int level, String message, Throwable failure) {
        log(level, message, failure);
    }

    @Override
    public Logger getLogger(String name) {
        return getLogger(name, Logger.class);
    }

    @Override
    public Logger getLogger(Class<?> type) {
        return getLogger(type.getName(), Logger.class);
    }

    @Override
    public <L extends Logger> L getLogger(Class<?> type, Class<L> kind) {
        return getLogger(type.getName(), kind);
    }

    @Override
    public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> kind) {
        return getLogger(name, kind);
    }

    /** The two kinds have some thirty methods that differ by level and number of arguments only: one handler serves them all. */
    @Override
    public <L extends Logger> L getLogger(String name, Class<L> kind) {
        if (kind != Logger.class && kind != FormatterLogger.class) {
            throw new IllegalArgumentException("logger of type " + kind.getName() + " is not known; ask for Logger or FormatterLogger");
        }
        return kind.cast(Proxy.newProxyInstance(LogBridge.class.getClassLoader(), new Class<?>[] {kind},
                new Handler(org.slf4j.LoggerFactory.getLogger(name), least, kind == FormatterLogger.class)));
    }

    private record Handler(org.slf4j.Logger log, Level least, boolean isFormatter) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) {
            return switch (method.getName()) {
                case "getName", "toString" -> log.getName();
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                case "isTraceEnabled" -> isEnabled(Level.TRACE);
                case "isDebugEnabled" -> isEnabled(Level.DEBUG);
                case "isInfoEnabled" -> isEnabled(Level.INFO);
                case "isWarnEnabled" -> isEnabled(Level.WARN);
                case "isErrorEnabled" -> isEnabled(Level.ERROR);
                case "trace" -> write(Level.TRACE, arguments);
                case "debug" -> write(Level.DEBUG, arguments);
                case "info", "audit" -> write(Level.INFO, arguments);
                case "warn" -> write(Level.WARN, arguments);
                case "error" -> write(Level.ERROR, arguments);
                default -> throw new UnsupportedOperationException("method " + method + " of a later log service");
            };
        }

        private boolean isEnabled(Level level) {
            return level.toInt() >= least.toInt() && log.isEnabledForLevel(level);
        }

        /** The message comes first, then one or two values or an array of them; a failure may come last. */
        private Object write(Level level, Object[] arguments) {
            if (isEnabled(level) && arguments[0] instanceof String message) {
                var values = arguments.length == 2 && arguments[1] instanceof Object[] array ? array
                        : Arrays.copyOfRange(arguments, 1, arguments.length);
                var failure = values.length > 0 && values[values.length - 1] instanceof Throwable last ? last : null;
                var event = log.atLevel(level).setCause(failure);
                if (isFormatter) {
                    event.log(String.format(message, values));
                } else {
                    event.log(message, failure == null ? values : Arrays.copyOf(values, values.length - 1));
                }
            }
            return null;
        }
    }
}
