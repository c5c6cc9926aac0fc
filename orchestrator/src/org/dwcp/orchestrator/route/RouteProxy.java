// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.Check;
import org.dwcp.api.hybrid.RouteKey;

/** An object of the slot's interface that sends each of its calls over the route: for code that knows nothing of leases. */
public final class RouteProxy implements InvocationHandler {
    private final SlotRoute<?> route;

    private RouteProxy(SlotRoute<?> route) {
        this.route = route;
    }

    /** Makes the proxy of a slot. */
    public static <T> T of(SlotRoute<T> route) {
        Class<T> type = route.slot().type();
        Check.argument(type.isInterface(), "%s of slot %s is no interface; only interfaces have proxies", type.getName(), route.slot());
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new RouteProxy(route)));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "route of " + route.slot();
            };
        }
        Class<?> returned = method.getReturnType();
        return returned == CompletionStage.class || returned == CompletableFuture.class
                ? route.callAsync(RouteKey.NODE, provider -> (CompletionStage<?>) pass(provider, method, arguments))
                : route.call(RouteKey.NODE, provider -> pass(provider, method, arguments));
    }

    @SuppressWarnings("unchecked")
    private static <R> R pass(Object provider, Method method, Object[] arguments) {
        try {
            return (R) method.invoke(provider, arguments);
        } catch (InvocationTargetException e) {
            throw RouteProxy.<RuntimeException>asThrown(e.getCause());
        } catch (IllegalAccessException e) {
            throw new org.dwcp.api.DwcpException(org.dwcp.api.DwcpException.Kind.REJECTED,
                    "method " + method + " cannot be called from here; make the interface public");
        }
    }

    /** Throws on what the method threw, checked or not: the interface declares it, so its caller expects it. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E asThrown(Throwable cause) throws E {
        throw (E) cause;
    }
}
