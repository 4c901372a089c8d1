/**
 * Servers of other libraries that take part in upgrades. Each class is a program of its own: a
 * service with one listener, {@code api}, which answers {@code GET /} with the PID. {@code PORT}
 * says where it listens.
 *
 * <p>Every server is fitted in four steps. It is bound to {@link
 * dev.srun.ListeningSocket#bindTo()}. {@link dev.srun.ListeningSocket#bound} is told where. {@link
 * dev.srun.ListeningSocket#open} is called when the service is ready. The server starts to accept
 * in {@link dev.srun.ListeningSocket.Acceptor#begin}, and not before.
 */
package dev.srun.examples.servers;
