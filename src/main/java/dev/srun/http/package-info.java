/**
 * HTTP for services, over jdk.httpserver: a listener that answers what it has accepted before it
 * closes. Obtained from {@link dev.srun.Context#http}.
 */
@NullMarked
package dev.srun.http;

import org.jspecify.annotations.NullMarked;
