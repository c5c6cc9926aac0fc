// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Hands out the provider of one slot, piece of work by piece of work. Get it once from {@link ModeAwareAdapter#route} and keep it: it is
 * never replaced. Thread-safe, no lock; {@link #call} allocates nothing.
 *
 * <p>A call is answered by the provider that was current when it began, also when the traffic moves meanwhile. A failure of kind UNAVAILABLE
 * or BROKEN, or an exception that is no {@link org.dwcp.api.DwcpException}, feeds the provider's breaker and is thrown on.
 * {@snippet :
 * static int codec(Route<org.dwcp.api.encoding.Encoding> route) {
 *     return route.call(RouteKey.NODE, encoding -> encoding.codecId());
 * }
 * }
 *
 * @param <T> the slot's interface
 */
@ProviderType
public interface Route<T> {
    /**
     * Does a piece of work on the key's provider, which is leased until the work returns.
     *
     * @param key  what the work is about
     * @param work called once on the caller's thread
     * @param <R>  type of the answer
     * @return the work's answer
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when the slot has no provider that may serve
     */
    <R> R call(RouteKey key, Function<? super T, ? extends R> work);

    /**
     * Does a piece of work that may be done twice: when its provider fails, it is repeated at once on the next one in order, until one
     * answers or none is left.
     *
     * @param key  what the work is about
     * @param work called once for each provider tried, on the caller's thread
     * @param <R>  type of the answer
     * @return the first answer
     * @throws org.dwcp.api.DwcpException the last failure, or UNAVAILABLE when the slot has no provider that may serve
     */
    <R> R callIdempotent(RouteKey key, Function<? super T, ? extends R> work);

    /**
     * Does work that ends later: the provider is leased until the stage completes.
     *
     * @param key  what the work is about
     * @param work called once on the caller's thread
     * @param <R>  type of the answer
     * @return the work's stage, completed after the lease has ended
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when the slot has no provider that may serve
     */
    <R> CompletionStage<R> callAsync(RouteKey key, Function<? super T, ? extends CompletionStage<R>> work);

    /**
     * Leases the key's provider for longer work.
     *
     * @param key what the work is about
     * @return an open lease
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when the slot has no provider that may serve
     */
    Lease<T> lease(RouteKey key);

    /**
     * Leases the first provider in the key's order that also suits the caller, for example one that the peer has too.
     * {@link Lease#isCurrent()} of such a lease asks the same question again.
     *
     * @param key   what the work is about
     * @param suits asked for each provider in order, on the caller's thread; must be pure
     * @return an open lease
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when none suits
     */
    Lease<T> lease(RouteKey key, Predicate<ProviderInfo> suits);

    /**
     * Leases a provider by name, whatever the routing says: for finishing what was begun with it, such as decoding its frames. Not for new work.
     *
     * @param providerName name as in {@link org.dwcp.api.Swappable#PROVIDER}
     * @return an open lease; always current while the provider is installed
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when no such provider is installed
     */
    Lease<T> leaseNamed(String providerName);

    /**
     * Gives the number of the routing table in force. It grows by one with every commit of any slot.
     *
     * @return 0 or more
     */
    long generation();
}
