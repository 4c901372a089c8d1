package dev.srun;

import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** A public class of a library that is called by reflection. */
record LibraryType(Class<?> type) {

  /** As {@link #of}; null if there is none. */
  static @Nullable LibraryType find(String name) {
    try {
      return of(name);
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  /** The class of that name, which is not initialized by this. */
  static LibraryType of(String name) throws ClassNotFoundException {
    return new LibraryType(Class.forName(name, false, LibraryType.class.getClassLoader()));
  }

  /**
   * Calls the public method of that name and number of parameters that takes these arguments.
   *
   * @param target null for a static method
   */
  @Nullable Object call(@Nullable Object target, String method, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    for (Method each : type.getMethods()) {
      if (each.getName().equals(method) && takes(each.getParameterTypes(), arguments)) {
        try {
          return each.invoke(target, arguments);
        } catch (InvocationTargetException e) {
          throw new ReflectiveOperationException(type.getName() + "." + method, e.getCause());
        }
      }
    }
    throw new NoSuchMethodException(type.getName() + "." + method);
  }

  /** The same of a method that never returns null. */
  Object get(@Nullable Object target, String method, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    Object result = call(target, method, arguments);
    if (result == null) {
      throw new ReflectiveOperationException(type.getName() + "." + method + " returned null");
    }
    return result;
  }

  boolean is(@Nullable Object target, String method, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    return Boolean.TRUE.equals(call(target, method, arguments));
  }

  private static boolean takes(Class<?>[] parameters, @Nullable Object[] arguments) {
    if (parameters.length != arguments.length) {
      return false;
    }
    for (int i = 0; i < parameters.length; i++) {
      Class<?> type = MethodType.methodType(parameters[i]).wrap().returnType();
      Object argument = arguments[i];
      boolean fits = argument == null ? !parameters[i].isPrimitive() : type.isInstance(argument);
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}
