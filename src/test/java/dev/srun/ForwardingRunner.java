package dev.srun;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** A runner that is another one, but for what a test says otherwise. */
public class ForwardingRunner implements Runner {
  private final Runner runner;

  /** Is that one. */
  public ForwardingRunner(Runner runner) {
    this.runner = runner;
  }

  @Override
  public RunnerStatus status() {
    return runner.status();
  }

  @Override
  public long changes() {
    return runner.changes();
  }

  @Override
  public HealthFigures healthFigures() {
    return runner.healthFigures();
  }

  @Override
  public Health health() {
    return runner.health();
  }

  @Override
  public boolean isReady() {
    return runner.isReady();
  }

  @Override
  public boolean isLive() {
    return runner.isLive();
  }

  @Override
  public String whyNotLive() {
    return runner.whyNotLive();
  }

  @Override
  public Map<String, List<ThreadSnapshot>> threads() {
    return runner.threads();
  }

  @Override
  public boolean logLevel(String scope, System.Logger.Level lowest) {
    return runner.logLevel(scope, lowest);
  }

  @Override
  public Map<String, System.Logger.Level> logLevels() {
    return runner.logLevels();
  }

  @Override
  public CompletionStage<UpgradeOutcome> upgrade(String by) {
    return runner.upgrade(by);
  }

  @Override
  public UpgradeFigures upgradeFigures() {
    return runner.upgradeFigures();
  }

  @Override
  public void stop(String reason) {
    runner.stop(reason);
  }

  @Override
  public void stop(String reason, int code) {
    runner.stop(reason, code);
  }
}
