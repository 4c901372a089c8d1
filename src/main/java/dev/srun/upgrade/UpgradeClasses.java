package dev.srun.upgrade;

/** The classes of this package: to name them is to load them. A test holds that none is missing. */
final class UpgradeClasses {

  private UpgradeClasses() {}

  static Class<?>[] all() {
    return new Class<?>[] {
      AcceptProbe.class,
      AcceptWatch.class,
      Activation.class,
      Addresses.class,
      Call.class,
      Child.class,
      Claim.class,
      CloseTurns.class,
      Connection.class,
      Errno.class,
      Handover.class,
      Inheritance.class,
      Inherited.class,
      Introduction.class,
      Kernel.class,
      LastWords.class,
      LazyKernel.class,
      LinuxKernel.class,
      ListenerTable.class,
      Memory.class,
      MemoryLimit.class,
      Message.class,
      Notices.class,
      OomScore.class,
      OpenSockets.class,
      OtherProcess.class,
      PidFile.class,
      Placeholder.class,
      ProtocolException.class,
      Refusals.class,
      Rendezvous.class,
      ShellSpawned.class,
      SocketMessage.class,
      SocketName.class,
      Spawned.class,
      Spawner.class,
      Steps.class,
      Succession.class,
      Successor.class,
      Syscalls.class,
      SystemCalls.class,
      Systemd.class,
      UpgradeFailedException.class,
      Upgrader.class,
    };
  }
}
