package dev.srun;

import dev.srun.http.HttpListener;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;

/**
 * A service's view of the runner: one object for each service, the same in every phase. Every
 * method may be called from any thread.
 */
public interface Context {

  /**
   * Returns the name under which the service was registered.
   *
   * @return the name
   */
  String name();

  /**
   * Returns the service's logger. Its name is the program's and the service's, with a dot between.
   *
   * @return the logger
   */
  System.Logger logger();

  /**
   * Says that the service is ready. Called by a {@link Service#run} that goes on; only the first
   * call counts, and it never blocks.
   */
  void ready();

  /**
   * Waits until run has returned or has called {@link #ready()}. For a {@link Service#ready} that
   * checks something more.
   *
   * @throws InterruptedException if the start ends before that
   */
  void awaitReady() throws InterruptedException;

  /**
   * Interrupts the thread that is in {@link Service#run}; without effect once run has ended. What
   * {@link Service#stop} does by default.
   */
  void interruptRun();

  /**
   * Returns how much time the current phase may take: what is left of the init or ready limit while
   * starting, and of the limit of a {@linkplain WarmedUp warm-up} or a {@linkplain HealthChecked
   * check} on the thread that makes it; what is left of the grace while stopping, less a tenth of
   * that and at most a second for closing what is owned, and less a share for the services that are
   * still to be stopped: a fifth of the grace and at least a second, as long as that leaves half of
   * what there is. Never negative; a very long time while no limit runs.
   *
   * @return the time left
   */
  Duration remaining();

  /**
   * Hands something over to be closed after the service has stopped, the last one owned first, also
   * when its start fails half way. A resource that comes after the service was closed is closed at
   * once.
   *
   * @param resource what to close; a throw from its close is counted as a failure
   * @param <T> its type
   * @return {@code resource}
   * @throws IllegalStateException if the service was closed already
   */
  <T extends AutoCloseable> T own(T resource);

  /**
   * Hands a child process over, to be ended when the service is closed: in order with what else is
   * owned, also when its start fails half way.
   *
   * <p>The process and its descendants get TERM. They have half of what is {@linkplain #remaining
   * left}, at most 5 s. What is then left of them is killed, and a WARNING names PID and command,
   * without the arguments. Where less than 250 ms are left, as when the grace is over, they are
   * killed at once. A process that has ended before is left alone.
   *
   * <p>Descendants are those that the process has when it is closed or killed: one whose parent
   * ended before that is not found.
   *
   * @param process the process
   * @return {@code process}
   * @throws IllegalStateException if the service was closed already; the process is killed
   */
  Process own(Process process);

  /**
   * Shuts an executor down and waits for its tasks, up to a limit and never longer than {@link
   * #remaining()}. Tasks that have not ended by then are interrupted and given another moment (500
   * ms at most); tasks that have not begun are dropped, and a WARNING has their number. For a
   * {@link Service#stop} that has more to do once the tasks are done; otherwise {@linkplain #own
   * own} the executor.
   *
   * @param executor the executor
   * @param limit how long it may take; zero or less for not at all
   * @return whether all tasks were completed
   * @throws InterruptedException if the caller is interrupted; the tasks are interrupted then, and
   *     not waited for
   */
  boolean await(ExecutorService executor, Duration limit) throws InterruptedException;

  /**
   * Returns the scope of the service's own threads. What runs in it is known to the runner: it is
   * interrupted and waited for when the service is closed, and named in the report of a straggler.
   *
   * @return the scope
   */
  ServiceThreads threads();

  /**
   * Has something called when the program begins to drain: readiness is false from then on, stop
   * comes later. The moment to fetch no more messages, or to tell clients to go elsewhere. What is
   * registered is called in order on one thread of its own, whether or not the drain takes any
   * time; not where the stop comes before every service was RUNNING. What is registered when the
   * drain has begun is called at once. A throw is counted as a failure.
   *
   * @param task what to call
   * @throws IllegalStateException if the service was closed already
   */
  void onDrain(Task task);

  /**
   * Counts one more request, message or job of the service as in flight, until it is closed:
   *
   * <pre>{@code
   * while (!ctx.isStopping()) {
   *   Message message = queue.take();
   *   try (var work = ctx.work()) {
   *     process(message);
   *   }
   * }
   * }</pre>
   *
   * <p>A service that does not implement {@link Service#stop} is stopped by waiting for what is in
   * flight, up to what {@link #remaining()} says, before its run is interrupted. What is still in
   * flight then was cut off: a failure of the stop, with its count in the exit. An {@link
   * HttpListener} waits for its requests by itself.
   *
   * @return what is in flight
   */
  Work work();

  /** Counts one more piece of work as in flight, as {@link #work()}, where no block holds it. */
  void beginWork();

  /**
   * Ends what {@link #beginWork} began; from any thread.
   *
   * @throws IllegalStateException if nothing of the service is in flight
   */
  void endWork();

  /**
   * Returns whether the service is being stopped, for a loop that is to begin nothing new. True
   * before {@link Service#stop} is called and before run is interrupted. A read of memory.
   *
   * @return true from the moment its stop has begun
   */
  boolean isStopping();

  /**
   * Says that work was cut off in the stop, for a server of another library that knows how much:
   * the exit has it as a failure, and its line the count.
   *
   * @param what of what, in the plural, such as {@code requests}
   * @param count how many; nothing is said of 0
   * @throws IllegalArgumentException if the count is negative, or the word blank or longer than 80
   */
  void cutOff(String what, int count);

  /**
   * Returns the service's line to the health of the program: to say how well it is, and to hear how
   * well others are.
   *
   * @return the line
   */
  HealthChannel health();

  /**
   * Says that the service's loop goes round. From the first beat on, or from the moment it is
   * RUNNING where a {@linkplain Registration#beatWithin limit} was registered, the next must come
   * within that limit (30 s): else the program is not {@linkplain Runner#isLive live} until it
   * does, and the log says where the service's threads stand. Costs a write to memory.
   */
  void alive();

  /**
   * Tells a fact about the service: an address, a version, a path. Facts are logged in one line
   * when the service is RUNNING and stand in its {@linkplain ServiceStatus status}; a later value
   * of the same fact replaces the earlier one.
   *
   * @param fact its name
   * @param value its value, turned into text at once
   */
  void describe(String fact, Object value);

  /**
   * Opens a listening socket, owned by the service. Its address becomes a fact of the service.
   *
   * @param name the listener's name, for logs, facts and errors
   * @param address where to listen: an {@link InetSocketAddress} (port 0 for any free one) or a
   *     {@link java.net.UnixDomainSocketAddress}
   * @return the listener, already bound
   * @throws IOException a {@link BindFailedException} if the address cannot be bound; the message
   *     names listener and address, and who has it
   */
  Listener listen(String name, SocketAddress address) throws IOException;

  /**
   * Claims a listening socket, owned by the service, for a server that opens its socket itself.
   *
   * @param name the listener's name: by it, and by the address, the program that takes this one's
   *     place finds it
   * @param address where to listen, as in {@link #listen}
   * @return the socket, for the server to be bound to
   * @throws IOException a {@link BindFailedException} if another service has that name or address
   */
  ListeningSocket socket(String name, SocketAddress address) throws IOException;

  /**
   * Opens an HTTP listener over jdk.httpserver, owned by the service. It is bound at once and
   * answers once {@link HttpListener#open} is called. Its address becomes a fact of the service.
   *
   * @param name the listener's name, for logs, facts and errors
   * @param address where to listen; port 0 for any free one
   * @return the listener
   * @throws IOException a {@link BindFailedException} if the address cannot be bound; the message
   *     names listener and address, and who has it
   */
  default HttpListener http(String name, InetSocketAddress address) throws IOException {
    return HttpListener.bind(this, name, address);
  }

  /**
   * Returns the service's tracer, by OpenTelemetry. The first of a program's services that asks for
   * a tracer or a meter may wait for the SDK. One that does nothing where there is no telemetry.
   *
   * @return the tracer; its scope is the logger's name
   */
  Tracer tracer();

  /**
   * Returns the service's meter, by OpenTelemetry; see {@link #tracer()}.
   *
   * @return the meter; its scope is the logger's name
   */
  Meter meter();

  /**
   * Returns the runner, to read the state of others or to ask for a stop.
   *
   * @return the runner
   */
  Runner runner();
}
