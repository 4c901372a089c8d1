package dev.srun;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused at registration: with the name, with exit code 2, before anything is started. */
final class RegistrationTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutTelemetry().drain(Duration.ZERO);

  private final AtomicBoolean started = new AtomicBoolean();

  /** A service that needs a name to be told from others, and an identity. */
  private static final class Noop implements Service {
    @Override
    public void run(Context ctx) {}
  }

  /** Runs a program with something before and after the registrations, none of which may start. */
  private Exit run(Setup setup) {
    return Srun.run(
        CONFIG,
        app -> {
          app.init("first", ctx -> started.set(true));
          setup.register(app);
          app.main("last", ctx -> started.set(true)); // so that it ends where nothing is refused
        });
  }

  private String refusal(Setup setup) {
    Exit exit = run(setup);
    Cause.Misconfigured cause = assertInstanceOf(Cause.Misconfigured.class, exit.cause());
    String message = cause.failure().error().getMessage();
    assertAll(
        () -> assertEquals(2, exit.code()),
        () -> assertEquals(Outcome.FAILURES, exit.outcome()),
        () -> assertEquals(Phase.SETUP, cause.failure().phase()),
        () -> assertInstanceOf(MisconfiguredException.class, cause.failure().error()),
        () -> assertTrue(exit.toString().contains(message), exit.toString()),
        () -> assertFalse(started.get(), "a service was started"));
    return message;
  }

  private static void assertContains(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "no '" + part + "' in: " + text);
    }
  }

  /** The ways to register something under a name. */
  static Stream<Consumer<RegisterOne>> kinds() {
    return Stream.of(
        one -> one.app.service(one.name, new Noop()),
        one -> one.app.task(one.name, ctx -> {}),
        one -> one.app.main(one.name, ctx -> {}),
        one -> one.app.init(one.name, ctx -> {}),
        one -> one.app.group(group -> group.service(one.name, new Noop())),
        one -> one.app.group(group -> group.task(one.name, ctx -> {})),
        one -> one.app.group(group -> group.init(one.name, ctx -> {})));
  }

  record RegisterOne(Registrar app, String name) {}

  // Names

  @ParameterizedTest
  @MethodSource("kinds")
  void aNameIsTakenOnce(Consumer<RegisterOne> register) {
    String message =
        refusal(app -> {
          app.service("ledger", new Noop());
          register.accept(new RegisterOne(app, "ledger"));
        });

    assertContains(message, "'ledger'", "taken");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aNameIsNotBlank(Consumer<RegisterOne> register) {
    assertContains(
        refusal(app -> register.accept(new RegisterOne(app, "  "))), "name '  '", "not blank");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aNameInParenthesesIsSrunsOwn(Consumer<RegisterOne> register) {
    assertContains(
        refusal(app -> register.accept(new RegisterOne(app, "(admin)"))),
        "name '(admin)'",
        "parenthesis");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aNameHasNoControlCharacters(Consumer<RegisterOne> register) {
    String message = refusal(app -> register.accept(new RegisterOne(app, "a\nb\u001b[31m")));

    assertContains(message, "'a?b?[31m'", "printable");
    assertFalse(message.chars().anyMatch(Character::isISOControl), message);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @SuppressWarnings("NullAway") // the mistake that is refused
  void aNameIsNotNull(Consumer<RegisterOne> register) {
    assertContains(
        refusal(app -> register.accept(new RegisterOne(app, null))), "name null", "not blank");
  }

  @Test
  void membersOfOneGroupHaveNamesOfTheirOwnToo() {
    String message =
        refusal(app ->
            app.group(group -> {
              group.service("twin", new Noop());
              group.service("twin", new Noop());
            }));

    assertContains(message, "'twin'", "taken");
  }

  // Instances

  @Test
  @SuppressWarnings("NullAway") // the mistake that is refused
  void nullIsRefusedWithTheName() {
    assertAll(
        () -> assertContains(refusal(app -> app.service("s", null)), "service 's' is null"),
        () -> assertContains(refusal(app -> app.task("t", null)), "task 't' is null"),
        () -> assertContains(refusal(app -> app.main("m", null)), "main 'm' is null"),
        () -> assertContains(refusal(app -> app.init("i", null)), "init 'i' is null"),
        () ->
            assertContains(
                refusal(app -> app.group(group -> group.service("g", null))),
                "service 'g' is null"),
        () -> assertContains(refusal(app -> app.onStateChange(null)), "listener is null"));
  }

  @Test
  void oneInstanceIsRegisteredOnce() {
    Noop shared = new Noop();
    String message =
        refusal(app -> {
          app.service("one", shared);
          app.group(group -> group.service("two", shared));
        });

    assertContains(message, "'two'", "same instance", "'one'");
  }

  @Test
  void instancesThatAreEqualButNotTheSameAreTwo() {
    record Equal(String what) implements Service {
      @Override
      public void run(Context ctx) {}
    }

    Exit exit =
        Srun.run(
            CONFIG,
            app -> {
              app.service("one", new Equal("x"));
              app.service("two", new Equal("x"));
              app.main("end", ctx -> {});
            });

    assertEquals(0, exit.code(), exit::toString);
  }

  @Test
  void aLambdaWithoutStateMayStandInALoop() {
    Exit exit =
        Srun.run(
            CONFIG,
            app -> {
              for (String name : List.of("one", "two")) {
                app.service(name, ctx -> {});
              }
              app.main("end", ctx -> {});
            });

    assertEquals(0, exit.code(), exit::toString);
  }

  @Test
  void aLambdaWithStateIsRegisteredOnce() {
    Service shared = ctx -> started.set(true);
    String message =
        refusal(app -> {
          app.service("one", shared);
          app.service("two", shared);
        });

    assertContains(message, "'two'", "same instance", "'one'");
  }

  @Test
  void oneInstanceOfATaskIsRegisteredOnce() {
    Task shared =
        new Task() {
          @Override
          public void run(Context ctx) {}
        };
    String message =
        refusal(app -> {
          app.init("one", shared);
          app.task("two", shared);
        });

    assertContains(message, "'two'", "same instance", "'one'");
  }

  // Dependencies

  @Test
  void aDependencyIsRegisteredBefore() {
    String unknown =
        refusal(app -> {
          app.service("db", new Noop());
          app.service("api", new Noop()).dependsOn("db", "cache");
        });
    String later =
        refusal(app -> {
          Registration api = app.service("api", new Noop());
          app.service("db", new Noop());
          api.dependsOn("db");
        });
    String itself = refusal(app -> app.service("api", new Noop()).dependsOn("api"));

    assertContains(unknown, "'api'", "'cache'", "not registered before", "[first, db]");
    assertContains(itself, "'api' depends on 'api'", "[first]");
    assertContains(later, "'api' depends on 'db'", "[first]");
  }

  @Test
  void aDependencyIsNotInTheSameGroup() {
    String message =
        refusal(app ->
            app.group(group -> {
              group.service("one", new Noop());
              group.service("two", new Noop()).dependsOn("one");
            }));

    assertContains(message, "'two' depends on 'one'", "[first]");
  }

  @Test
  void aDependencyInAGroupBeforeIsFine() {
    try (Running app =
        Srun.start(
            CONFIG,
            it -> {
              it.group(group -> group.service("db", new Noop()));
              it.group(group -> group.service("api", new Noop()).dependsOn("db"));
            })) {
      assertEquals(List.of("db"), app.status().services().get(1).dependsOn());
    }
  }

  // Limits

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void aLimitIsLongerThanZero(Duration limit) {
    assertAll(
        () ->
            assertContains(
                refusal(app -> app.service("api", new Noop()).initTimeout(limit)),
                "init timeout of 'api' is " + limit,
                "expected longer than zero"),
        () ->
            assertContains(
                refusal(app -> app.task("api", ctx -> {}).readyTimeout(limit)),
                "ready timeout of 'api' is " + limit,
                "expected longer than zero"),
        () ->
            assertContains(
                refusal(app -> app.group(g -> g.init("api", ctx -> {}).stopTimeout(limit))),
                "stop timeout of 'api' is " + limit,
                "expected longer than zero"));
  }

  @Test
  @SuppressWarnings("NullAway") // the mistake that is refused
  void aLimitIsNotNull() {
    assertContains(
        refusal(app -> app.service("api", new Noop()).stopTimeout(null)),
        "stop timeout of 'api' is null");
  }

  @Test
  void aLimitMayBeLongerThanAnyLife() {
    Duration eternal = Duration.ofSeconds(Long.MAX_VALUE);
    Exit exit =
        Srun.run(
            CONFIG,
            app ->
                app.main("end", ctx -> {})
                    .initTimeout(eternal)
                    .readyTimeout(eternal)
                    .stopTimeout(eternal));

    assertEquals(0, exit.code(), exit::toString);
  }

  // Time

  @ParameterizedTest
  @MethodSource("kinds")
  void nothingIsRegisteredOnceTheSetupHasReturned(Consumer<RegisterOne> register) {
    AtomicReference<Registrar> kept = new AtomicReference<>();
    try (Running app =
        Srun.start(
            CONFIG,
            it -> {
              it.service("early", new Noop());
              kept.set(it);
            })) {
      IllegalStateException refused =
          assertThrows(
              IllegalStateException.class,
              () -> register.accept(new RegisterOne(kept.get(), "late")));

      assertContains(refused.getMessage(), "setup has returned");
      assertEquals(1, app.status().services().size());
    }
  }

  @Test
  void aLateRegistrationIsRefusedWithItsName() {
    AtomicReference<Registrar> kept = new AtomicReference<>();
    Srun.run(CONFIG, kept::set);

    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> kept.get().service("late", new Noop()));

    assertContains(refused.getMessage(), "'late'");
  }

  @Test
  void optionsAreSetWithinTheSetup() {
    AtomicReference<Registration> kept = new AtomicReference<>();
    Srun.run(CONFIG, app -> kept.set(app.init("api", ctx -> {})));
    Registration api = kept.get();

    for (Runnable option :
        List.<Runnable>of(
            () -> api.dependsOn("x"),
            api::onPlatformThread,
            () -> api.initTimeout(Duration.ofSeconds(1)),
            () -> api.readyTimeout(Duration.ofSeconds(1)),
            () -> api.stopTimeout(Duration.ofSeconds(1)))) {
      assertThrows(IllegalStateException.class, option::run);
    }
  }

  @Test
  void whatElseTheSetupDoesIsDoneWithinItToo() {
    AtomicReference<Registrar> kept = new AtomicReference<>();
    Srun.run(CONFIG, kept::set);

    assertThrows(IllegalStateException.class, () -> kept.get().own(() -> {}));
    assertThrows(IllegalStateException.class, () -> kept.get().onStateChange(change -> {}));
  }

  @Test
  void aGroupIsCompleteWhenItsFunctionHasReturned() {
    AtomicReference<Group> kept = new AtomicReference<>();
    Exit exit =
        run(app -> {
          app.group(kept::set);
          kept.get().service("late", new Noop());
        });

    Cause.Failed cause = assertInstanceOf(Cause.Failed.class, exit.cause());
    assertInstanceOf(IllegalStateException.class, cause.failure().error());
    assertContains(cause.toString(), "group", "'late'");
    assertFalse(started.get());
  }

  // The other ways in

  @Test
  void startThrowsWithTheExitAndTheName() {
    StartFailedException refused =
        assertThrows(
            StartFailedException.class,
            () ->
                Srun.start(
                    CONFIG,
                    app -> {
                      app.init("ledger", ctx -> started.set(true));
                      app.service("ledger", new Noop());
                    }));

    assertEquals(2, refused.exit().code());
    assertContains(String.valueOf(refused.getMessage()), "'ledger'", "taken");
    assertInstanceOf(MisconfiguredException.class, refused.getCause());
    assertFalse(started.get());
  }

  @Test
  void aRefusedConfigEndsRunWithTwoBeforeTheSetupIsCalled() {
    Config bad = CONFIG.grace(Duration.ofSeconds(-1));
    Exit exit = Srun.run(bad, app -> started.set(true));

    assertEquals(2, exit.code());
    assertContains(exit.toString(), "grace", "-1", "at least zero");
    assertFalse(started.get(), "the setup was called");
  }

  @Test
  void aRefusedConfigIsThrownByStart() {
    StartFailedException refused =
        assertThrows(
            StartFailedException.class,
            () -> Srun.start(Config.named(""), app -> started.set(true)));

    assertContains(String.valueOf(refused.getMessage()), "program's name");
    assertFalse(started.get(), "the setup was called");
  }

  @Test
  void theCodeForARefusalIsTheConfiguredOne() {
    Config config = CONFIG.exitCodes(new ExitCodes(0, 10, 78, 30));

    assertEquals(78, Srun.run(config.grace(Duration.ofSeconds(-1)), app -> {}).code());
    assertEquals(78, Srun.run(config, app -> app.service("", new Noop())).code());
    assertEquals(
        78,
        Srun.run(
                config,
                app -> {
                  throw new MisconfiguredException("PORT is 'x': expected a number");
                })
            .code());
  }

  @Test
  void anExitCodeIsOneByte() {
    for (int bad : new int[] {-1, 256}) {
      assertContains(
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> new ExitCodes(0, 1, 2, bad))
                  .getMessage()),
          String.valueOf(bad),
          "0 to 255");
    }
    assertDoesNotThrow(() -> new ExitCodes(0, 1, 2, 255));
  }

  @Test
  void whatTheSetupOwnsIsClosedWhenARegistrationIsRefused() {
    AtomicBoolean closed = new AtomicBoolean();
    refusal(app -> {
      app.own(() -> closed.set(true));
      app.service(" ", new Noop());
    });

    assertTrue(closed.get());
  }
}
