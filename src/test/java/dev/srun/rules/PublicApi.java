package dev.srun.rules;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Public types and their public and protected members as text, a line each, in a fixed order. */
final class PublicApi {
  private static final Set<String> OF_EVERY_OBJECT = Set.of("equals", "hashCode", "toString");

  private PublicApi() {}

  static String text(List<Class<?>> types) {
    return types.stream()
        .filter(PublicApi::isPublic)
        .map(PublicApi::text)
        .collect(Collectors.joining("\n"));
  }

  /** Whether users may name the type: it and all around it are public. */
  static boolean isPublic(Class<?> type) {
    for (Class<?> one = type; one != null; one = one.getEnclosingClass()) {
      if (!Modifier.isPublic(one.getModifiers()) || one.isAnonymousClass()) {
        return false;
      }
    }
    return true;
  }

  private static String text(Class<?> type) {
    Stream<String> members =
        Stream.of(
                Arrays.stream(type.getDeclaredFields())
                    .filter(field -> isPromised(field) && !field.isEnumConstant())
                    .map(PublicApi::text),
                Arrays.stream(type.getDeclaredConstructors())
                    .filter(made -> isPromised(made) && !isCanonical(made))
                    .map(PublicApi::text),
                Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> isPromised(method) && !isImplied(method))
                    .map(PublicApi::text))
            .flatMap(sorted -> sorted.sorted());
    return Stream.concat(Stream.of(header(type)), members.map(member -> "  " + member))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static boolean isPromised(Member member) {
    int modifiers = member.getModifiers();
    return (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers))
        && !member.isSynthetic();
  }

  // Types

  private static String header(Class<?> type) {
    return kind(type)
        + " "
        + type.getCanonicalName()
        + variables(type.getTypeParameters())
        + components(type)
        + constants(type)
        + listed(" extends ", superclass(type))
        + listed(type.isInterface() ? " extends " : " implements ", type.getGenericInterfaces())
        + listed(" permits ", type.isSealed() ? type.getPermittedSubclasses() : new Type[0]);
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "annotation";
    }
    if (type.isInterface()) {
      return type.isSealed() ? "sealed interface" : "interface";
    }
    if (type.isEnum()) {
      return "enum";
    }
    if (type.isRecord()) {
      return "record";
    }
    int modifiers = type.getModifiers();
    return (Modifier.isAbstract(modifiers) ? "abstract " : "")
        + (Modifier.isFinal(modifiers) ? "final " : "")
        + (type.isSealed() ? "sealed " : "")
        + "class";
  }

  private static Type[] superclass(Class<?> type) {
    Type parent = type.getGenericSuperclass();
    boolean implied = parent == null || parent == Object.class || type.isRecord() || type.isEnum();
    return implied ? new Type[0] : new Type[] {parent};
  }

  private static String components(Class<?> type) {
    return type.isRecord()
        ? Arrays.stream(type.getRecordComponents())
            .map(component -> name(component.getGenericType()) + " " + component.getName())
            .collect(Collectors.joining(", ", "(", ")"))
        : "";
  }

  /** In their order, which is a promise too. */
  private static String constants(Class<?> type) {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants())
            .map(one -> ((Enum<?>) one).name())
            .collect(Collectors.joining(", ", " {", "}"))
        : "";
  }

  // Members

  private static String text(Field field) {
    return "field " + modifiers(field) + name(field.getGenericType()) + " " + field.getName();
  }

  private static String text(Constructor<?> made) {
    return "new " + modifiers(made) + parameters(made);
  }

  private static String text(Method method) {
    return "method "
        + method.getName()
        + parameters(method)
        + ": "
        + (method.isDefault() ? "default " : "")
        + modifiers(method)
        + variables(method.getTypeParameters())
        + name(method.getGenericReturnType())
        + listed(" throws ", method.getGenericExceptionTypes());
  }

  /** What the declaration of a record or an enum says already. */
  private static boolean isImplied(Method method) {
    Class<?> type = method.getDeclaringClass();
    boolean plain = method.getParameterCount() == 0;
    boolean ofRecord =
        type.isRecord()
            && plain
            && Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .anyMatch(method.getName()::equals);
    boolean ofEnum =
        type.isEnum()
            && Modifier.isStatic(method.getModifiers())
            && Set.of("values", "valueOf").contains(method.getName());
    return ofRecord || ofEnum || OF_EVERY_OBJECT.contains(method.getName());
  }

  private static boolean isCanonical(Constructor<?> made) {
    Class<?> type = made.getDeclaringClass();
    return type.isRecord()
        && Arrays.equals(
            made.getParameterTypes(),
            Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new));
  }

  private static String modifiers(Member member) {
    int modifiers = member.getModifiers();
    boolean ofInterface = member.getDeclaringClass().isInterface();
    return (Modifier.isProtected(modifiers) ? "protected " : "")
        + (Modifier.isStatic(modifiers) ? "static " : "")
        + (Modifier.isFinal(modifiers) && member instanceof Field ? "final " : "")
        + (Modifier.isAbstract(modifiers) && !ofInterface ? "abstract " : "");
  }

  private static String parameters(Executable executable) {
    String all =
        Arrays.stream(executable.getGenericParameterTypes())
            .map(PublicApi::name)
            .collect(Collectors.joining(", ", "(", ")"));
    return executable.isVarArgs() ? all.replaceFirst("\\[]\\)$", "...)") : all;
  }

  private static String variables(TypeVariable<?>[] variables) {
    return variables.length == 0
        ? ""
        : Arrays.stream(variables)
            .map(one -> one.getName() + bounds(one))
            .collect(Collectors.joining(", ", "<", "> "));
  }

  private static String bounds(TypeVariable<?> variable) {
    return Arrays.equals(variable.getBounds(), new Type[] {Object.class})
        ? ""
        : listed(" extends ", variable.getBounds());
  }

  private static String listed(String before, Type[] types) {
    return types.length == 0
        ? ""
        : Arrays.stream(types).map(PublicApi::name).collect(Collectors.joining(", ", before, ""));
  }

  /** A type's name as source has it, without java.lang. */
  private static String name(Type type) {
    return type.getTypeName().replace('$', '.').replaceAll("\\bjava\\.lang\\.(?=[A-Z])", "");
  }
}
