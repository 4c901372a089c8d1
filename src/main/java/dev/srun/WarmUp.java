package dev.srun;

/** In which starts the services that implement {@link WarmedUp} are warmed up. */
public enum WarmUp {
  /**
   * In those of a program that takes another one's place, which serves meanwhile: nobody waits. Not
   * for what starts only when the other one has stopped, such as {@linkplain Registration#exclusive
   * exclusive} services.
   */
  UPGRADE,
  /** In each: for a program behind a load balancer, which sends it nothing before it is ready. */
  ALWAYS,
  /** In none. */
  OFF
}
