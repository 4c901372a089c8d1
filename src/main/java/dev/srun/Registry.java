package dev.srun;

import dev.srun.Definition.Implemented;
import dev.srun.Definition.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gathers and checks what a setup registers. Used by the thread that runs the setup. */
final class Registry implements Registrar {

  /** The name under which what the setup itself owns is listed. */
  static final String SETUP = "(setup)";

  private static final int LONGEST_NAME = 200;

  private final Settings settings;
  private final List<List<RegisteredService>> stages = new ArrayList<>();
  private final Map<String, RegisteredService> byName = new LinkedHashMap<>();
  private final IdentityHashMap<Object, String> instances = new IdentityHashMap<>();
  private final Map<Class<?>, Implemented> implemented = new HashMap<>();
  private final List<StateListener> listeners = new ArrayList<>();
  private final Map<String, HealthFunction> judges = new TreeMap<>();
  private final Owned owned = new Owned();
  private @Nullable HealthOptions lastOptions;
  private boolean ownsSomething;
  private boolean groupIsOpen;
  private volatile boolean closed;

  Registry(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Registration service(String name, Service service) {
    return addStage(name, Kind.SERVICE, service, service);
  }

  @Override
  public Registration service(String name, Task start, Task stop) {
    Service service = new Definition.StartedService(start, stop);
    return addStage(name, Kind.SERVICE, firstIfBoth(start, stop), service);
  }

  private static @Nullable Task firstIfBoth(@Nullable Task start, @Nullable Task stop) {
    return stop == null ? null : start;
  }

  @Override
  public Registration task(String name, Task task) {
    return addStage(name, Kind.TASK, task, new Definition.TaskService(task));
  }

  @Override
  public Registration main(String name, Task task) {
    return addStage(name, Kind.MAIN, task, new Definition.TaskService(task));
  }

  @Override
  public Registration init(String name, Task init) {
    return addStage(name, Kind.INIT, init, new Definition.InitService(init));
  }

  @Override
  public void group(Consumer<Group> members) {
    if (members == null) {
      throw new MisconfiguredException("what a group consists of is null");
    }
    checkOpen("group");
    checkOutsideGroup("group");
    List<RegisteredService> stage = new ArrayList<>();
    Members group = new Members(stage);
    groupIsOpen = true;
    boolean complete = false;
    try {
      members.accept(group);
      complete = true;
    } finally {
      groupIsOpen = false;
      group.open = false;
      if (!complete) {
        stage.forEach(entry -> byName.remove(entry.name()));
      }
    }
    if (!stage.isEmpty()) {
      stages.add(stage);
    }
  }

  @Override
  public <T extends AutoCloseable> T own(T resource) {
    if (resource == null) {
      throw new MisconfiguredException("what the program is to own is null");
    }
    checkOpen(resource);
    ownsSomething = true;
    return owned.add(resource, SETUP);
  }

  @Override
  public void onStateChange(StateListener listener) {
    checkOpen("state listener");
    if (listener == null) {
      throw new MisconfiguredException("the state listener is null");
    }
    listeners.add(listener);
  }

  @Override
  public void judgeHealth(HealthFunction function) {
    addJudge(Judge.OF_HEALTH, function);
  }

  @Override
  public void judgeReadiness(HealthFunction function) {
    addJudge(Judge.OF_READINESS, function);
  }

  private void addJudge(String name, @Nullable HealthFunction function) {
    checkOpen(name);
    if (function == null) {
      throw new MisconfiguredException("the function of " + name + " is null");
    }
    if (judges.putIfAbsent(name, function) != null) {
      throw new MisconfiguredException(
          "there is a function of " + name + " already: expected one at most");
    }
  }

  Settings settings() {
    return settings;
  }

  /** Options that are equal are the same: most services have the same. */
  HealthOptions shared(HealthOptions options) {
    HealthOptions last = lastOptions;
    HealthOptions shared = last != null && options.isSame(last) ? last : options;
    lastOptions = shared;
    return shared;
  }

  /** What the class of a service implements; looked up once for each class. */
  Implemented implementedBy(Service service) {
    Class<? extends Service> type = service.getClass();
    Implemented known = implemented.get(type);
    if (known == null) {
      known = Implemented.by(type);
      implemented.put(type, known);
    }
    return known;
  }

  /** The names that are registered before a stage. */
  List<String> namesBefore(List<RegisteredService> stage) {
    return byName.values().stream()
        .takeWhile(entry -> !stage.contains(entry))
        .map(RegisteredService::name)
        .toList();
  }

  List<StateListener> listeners() {
    return List.copyOf(listeners);
  }

  boolean hasMainTask() {
    return has(Kind.MAIN);
  }

  private boolean has(Kind kind) {
    for (RegisteredService entry : byName.values()) {
      if (entry.kind() == kind) {
        return true;
      }
    }
    return false;
  }

  /** Ends the registration. */
  void close() {
    closed = true;
  }

  /** The slots of everything, stage by stage: what srun adds, what the setup owns, the services. */
  List<List<Slot>> slots(Program program) {
    List<List<Slot>> slots = new ArrayList<>();
    for (DefaultServices.Default its : DefaultServices.of(program, has(Kind.SERVICE))) {
      RegisteredService entry = added(its.name(), its.service());
      if (its.reserve().isPositive()) {
        entry.stopReserve(its.reserve());
      }
      slots.add(List.of(slot(entry, program)));
    }
    slots.addAll(ownedBySetup(program));
    for (List<RegisteredService> stage : stages) {
      List<Slot> sideBySide = new ArrayList<>(stage.size());
      for (RegisteredService entry : stage) {
        sideBySide.add(slot(entry, program));
      }
      slots.add(List.copyOf(sideBySide));
    }
    for (Map.Entry<String, HealthFunction> judge : judges.entrySet()) {
      slots.add(List.of(judge(judge.getKey(), judge.getValue(), program)));
    }
    return slots;
  }

  /** A service that no setup has registered; it keeps no program running. */
  private RegisteredService added(String name, Service service) {
    return new RegisteredService(this, name, Kind.INIT, service, List.of());
  }

  private static Slot slot(RegisteredService entry, Program program) {
    return new Slot(entry.definition(), program);
  }

  private Slot judge(String name, HealthFunction function, Program program) {
    RegisteredService entry = added(name, new Judge(function));
    entry.checkThresholds(1, 1);
    return slot(entry, program);
  }

  /** The one slot of what the setup itself owns; none if it owns nothing. */
  List<List<Slot>> ownedBySetup(Program program) {
    List<List<Slot>> slots = new ArrayList<>();
    if (ownsSomething) {
      RegisteredService entry = added(SETUP, new Definition.InitService(ctx -> {}));
      slots.add(List.of(new Slot(entry.definition(), program, owned)));
    }
    return slots;
  }

  private Registration addStage(
      String name, Kind kind, @Nullable Object registered, Service service) {
    checkOutsideGroup(name);
    List<RegisteredService> stage = new ArrayList<>(1);
    RegisteredService entry = add(stage, name, kind, registered, service);
    stages.add(stage);
    return entry;
  }

  private RegisteredService add(
      List<RegisteredService> stage,
      String name,
      Kind kind,
      @Nullable Object registered,
      Service service) {
    checkOpen(name);
    String what = kind.name().toLowerCase(java.util.Locale.ROOT);
    if (name == null || name.isBlank() || name.length() > LONGEST_NAME || !Health.isOneLine(name)) {
      throw new MisconfiguredException(
          "%s name %s: expected printable characters, not blank, %d at most"
              .formatted(what, Quoted.of(name), LONGEST_NAME));
    }
    if (name.startsWith("(")) {
      throw new MisconfiguredException(
          "%s name '%s': expected one that does not begin with a parenthesis; those are srun's"
              .formatted(what, name));
    }
    if (registered == null) {
      throw new MisconfiguredException(
          "%s '%s' is null: expected an instance".formatted(what, name));
    }
    if (byName.containsKey(name)) {
      throw new MisconfiguredException(
          "%s '%s': the name is taken; expected one of its own".formatted(what, name));
    }
    String other = isStatelessLambda(registered) ? null : instances.putIfAbsent(registered, name);
    if (other != null) {
      throw new MisconfiguredException(
          "%s '%s' is the same instance as '%s': expected one of its own"
              .formatted(what, name, other));
    }
    RegisteredService entry = new RegisteredService(this, name, kind, service, stage);
    byName.put(name, entry);
    stage.add(entry);
    return entry;
  }

  /** One is the same instance wherever it is made, and nothing is shared by it. */
  private static boolean isStatelessLambda(Object registered) {
    Class<?> type = registered.getClass();
    return type.isHidden() && type.getDeclaredFields().length == 0;
  }

  private void checkOutsideGroup(String what) {
    if (groupIsOpen) {
      throw new IllegalStateException(
          "'%s' is registered with the program within a group; add it to the group or after it"
              .formatted(what));
    }
  }

  /** Throws if the setup has returned. */
  void checkOpen(Object what) {
    if (closed) {
      throw new IllegalStateException(
          "'%s' comes after the setup has returned; register within it".formatted(what));
    }
  }

  /** The members of one group. */
  private final class Members implements Group {
    private final List<RegisteredService> stage;
    private boolean open = true;

    Members(List<RegisteredService> stage) {
      this.stage = stage;
    }

    @Override
    public Registration service(String name, Service service) {
      return member(name, Kind.SERVICE, service, service);
    }

    @Override
    public Registration service(String name, Task start, Task stop) {
      Service service = new Definition.StartedService(start, stop);
      return member(name, Kind.SERVICE, firstIfBoth(start, stop), service);
    }

    @Override
    public Registration task(String name, Task task) {
      return member(name, Kind.TASK, task, new Definition.TaskService(task));
    }

    @Override
    public Registration init(String name, Task init) {
      return member(name, Kind.INIT, init, new Definition.InitService(init));
    }

    private Registration member(
        String name, Kind kind, @Nullable Object registered, Service service) {
      if (!open) {
        throw new IllegalStateException("the group is complete; add '" + name + "' within it");
      }
      return add(stage, name, kind, registered, service);
    }
  }
}
