package dev.srun;

/** A program's own judgement of its services. See {@link Registrar#judgeHealth}. */
@FunctionalInterface
public interface HealthFunction {

  /**
   * Judges. Called on a virtual thread of its own after a service's health has changed and at the
   * {@linkplain Config#healthInterval interval}, never twice at a time; with the {@linkplain
   * Config#healthTimeout limit} of a check. Who asks for the program's health reads the last
   * judgement and never waits for one.
   *
   * @param program the program as it is
   * @return the judgement
   * @throws Exception to say UNHEALTHY, with the exception as the reason
   */
  Health judge(RunnerStatus program) throws Exception;
}
