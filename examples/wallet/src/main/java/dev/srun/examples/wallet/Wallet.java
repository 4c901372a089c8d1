package dev.srun.examples.wallet;

import dev.srun.Config;
import dev.srun.Registrar;
import dev.srun.Srun;
import java.time.Duration;

/** A wallet: a double-entry ledger behind an HTTP API, run by srun as three services. */
public final class Wallet {

  private Wallet() {}

  /**
   * Runs the wallet until it is told to stop.
   *
   * @param args none; see {@link Settings} for the environment
   */
  public static void main(String[] args) {
    // Requests wait for the database for 5 s: it should be known before that if they do in vain.
    Config config =
        Config.named("wallet")
            .healthInterval(Duration.ofSeconds(2))
            .healthTimeout(Duration.ofSeconds(2));
    Srun.runOrExit(config, app -> register(app, Settings.from(System.getenv())));
  }

  static void register(Registrar app, Settings settings) {
    var database = new Database(settings.store());
    var ledger = new Ledger(database);
    app.service("database", database);
    app.service("ledger", ledger).requires("database");
    if (settings.stubborn()) {
      app.service("rates-feed", new RatesFeed());
    }
    app.service("wallet-api", new WalletApi(settings.address(), ledger)).requires("ledger");
  }
}
