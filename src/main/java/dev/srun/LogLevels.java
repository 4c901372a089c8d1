package dev.srun;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The lowest level that is logged: one for all, and others for some scopes and what is below them.
 *
 * @param lowest what counts where nothing else is said
 * @param byScope what else is said
 */
record LogLevels(Level lowest, Map<String, Level> byScope) {

  LogLevels {
    byScope = Map.copyOf(byScope);
  }

  LogLevels(Level lowest) {
    this(lowest, Map.of());
  }

  /** The same with another level for a scope; null for what counts above it. */
  LogLevels with(String scope, @Nullable Level level) {
    Map<String, Level> changed = new TreeMap<>(byScope);
    if (level == null) {
      changed.remove(scope);
    } else {
      changed.put(scope, level);
    }
    return new LogLevels(lowest, changed);
  }

  /** Whether a line of some scope would be written. */
  boolean isLoggable(Level level) {
    if (level.getSeverity() >= lowest.getSeverity()) {
      return true;
    }
    for (Level its : byScope.values()) {
      if (level.getSeverity() >= its.getSeverity()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a line of that scope would be written. */
  boolean isLoggable(String scope, Level level) {
    return level.getSeverity() >= of(scope).getSeverity();
  }

  private Level of(String scope) {
    if (byScope.isEmpty()) {
      return lowest;
    }
    String above = scope;
    while (!above.isEmpty()) {
      Level its = byScope.get(above);
      if (its != null) {
        return its;
      }
      above = above.substring(0, Math.max(0, above.lastIndexOf('.')));
    }
    return lowest;
  }
}
