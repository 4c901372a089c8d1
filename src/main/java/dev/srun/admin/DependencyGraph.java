package dev.srun.admin;

import dev.srun.HealthStatus;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who needs whom, laid out: what others need is on their left. Where what a service needs already
 * needs a third, the service's own need of that one is not drawn.
 *
 * @param nodes the services that need another or are needed, in start order
 * @param edges from what is needed to who needs it
 * @param left how many services are left out, for they are too many and well
 */
record DependencyGraph(List<Node> nodes, List<Edge> edges, int left) {

  /** More would not be read; then only those are shown that are not well. */
  static final int MOST = 60;

  /**
   * A service.
   *
   * @param column 0 is the leftmost
   * @param row 0 is the highest
   */
  record Node(String service, HealthStatus health, int column, int row) {}

  /**
   * A dependency.
   *
   * @param isCause whether the one is not well because the other is not
   */
  record Edge(Node needed, Node by, boolean isCause) {}

  static DependencyGraph of(RunnerStatus status) {
    Set<String> linked = new HashSet<>();
    for (ServiceStatus service : status.services()) {
      if (!service.dependsOn().isEmpty()) {
        linked.add(service.name());
        linked.addAll(service.dependsOn());
      }
    }
    List<ServiceStatus> all =
        status.services().stream().filter(service -> linked.contains(service.name())).toList();
    List<ServiceStatus> shown =
        all.size() <= MOST
            ? all
            : all.stream()
                .filter(service -> service.health().status() != HealthStatus.HEALTHY)
                .limit(MOST)
                .toList();
    return laidOut(shown, all.size() - shown.size());
  }

  private static DependencyGraph laidOut(List<ServiceStatus> services, int left) {
    Map<String, Set<String>> needs = needs(services);
    Map<String, Node> nodes = new LinkedHashMap<>();
    columns(services, needs).forEach(column -> placed(column, needs, nodes));
    List<Edge> edges = new ArrayList<>();
    for (ServiceStatus service : services) {
      List<String> cause = service.health().cause();
      for (String needed : needs.getOrDefault(service.name(), Set.of())) {
        boolean isCause = !cause.isEmpty() && cause.getFirst().equals(needed);
        edges.add(new Edge(nodes.get(needed), nodes.get(service.name()), isCause));
      }
    }
    List<Node> inOrder = services.stream().map(service -> nodes.get(service.name())).toList();
    return new DependencyGraph(inOrder, edges, left);
  }

  /** Of those shown, without what follows from the rest. What is needed comes first in the list. */
  private static Map<String, Set<String>> needs(List<ServiceStatus> services) {
    Map<String, Set<String>> needs = new HashMap<>();
    Map<String, Set<String>> reached = new HashMap<>();
    for (ServiceStatus service : services) {
      Set<String> direct = new LinkedHashSet<>(service.dependsOn());
      direct.retainAll(reached.keySet());
      Set<String> byOthers = new HashSet<>();
      direct.forEach(each -> byOthers.addAll(reached.get(each)));
      Set<String> whole = new HashSet<>(direct);
      whole.addAll(byOthers);
      reached.put(service.name(), whole);
      List<String> cause = service.health().cause();
      direct.removeIf(
          each -> byOthers.contains(each) && !(cause.size() == 1 && cause.contains(each)));
      needs.put(service.name(), direct);
    }
    return needs;
  }

  private static List<List<ServiceStatus>> columns(
      List<ServiceStatus> services, Map<String, Set<String>> needs) {
    List<List<ServiceStatus>> columns = new ArrayList<>();
    Map<String, Integer> depths = new HashMap<>();
    for (ServiceStatus service : services) {
      int depth =
          needs.getOrDefault(service.name(), Set.of()).stream()
              .mapToInt(each -> depths.getOrDefault(each, 0) + 1)
              .max()
              .orElse(0);
      depths.put(service.name(), depth);
      if (depth == columns.size()) {
        columns.add(new ArrayList<>());
      }
      columns.get(depth).add(service);
    }
    return columns;
  }

  /** As level as may be with what each needs, which is placed already. */
  private static void placed(
      List<ServiceStatus> column, Map<String, Set<String>> needs, Map<String, Node> nodes) {
    Map<String, Double> levels = new HashMap<>();
    for (ServiceStatus service : column) {
      levels.put(
          service.name(),
          needs.getOrDefault(service.name(), Set.of()).stream()
              .mapToInt(each -> nodes.get(each).row())
              .average()
              .orElse(0));
    }
    List<ServiceStatus> sorted =
        column.stream()
            .sorted(Comparator.comparing(service -> levels.get(service.name())))
            .toList();
    int row = 0;
    for (ServiceStatus service : sorted) {
      ServiceHealth health = service.health();
      int depth = depth(needs.getOrDefault(service.name(), Set.of()), nodes);
      row = Math.max(row, (int) Math.floor(levels.get(service.name())));
      nodes.put(service.name(), new Node(service.name(), health.status(), depth, row));
      row++;
    }
  }

  private static int depth(Set<String> needed, Map<String, Node> nodes) {
    return needed.stream().mapToInt(each -> nodes.get(each).column() + 1).max().orElse(0);
  }
}
