package dev.srun.examples.wallet;

import dev.srun.examples.wallet.Refusal.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The fields of a flat JSON object, read strictly: what is refused is named. */
final class Fields {
  static final JsonFactory JSON = new JsonFactory();
  private static final String NAME = "[A-Za-z0-9._:@-]{1,64}";

  private record Value(JsonToken type, String text) {}

  private final Map<String, Value> values = new HashMap<>();

  private Fields() {}

  /** Reads exactly the fields that are expected. */
  static Fields read(byte[] json, List<String> expected) throws Refusal {
    Fields fields = new Fields();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw refused("body", "expected a JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        Value value = new Value(parser.nextToken(), parser.getString());
        if (!expected.contains(field)) {
          throw refused(field, "expected no field but " + String.join(", ", expected));
        }
        if (!value.type().isScalarValue()) {
          throw refused(field, "expected neither object nor array");
        }
        if (fields.values.put(field, value) != null) {
          throw refused(field, "expected only once");
        }
      }
      if (parser.nextToken() != null) {
        throw refused("body", "expected nothing after the object");
      }
    } catch (JacksonException e) {
      throw refused("body", "expected JSON");
    }
    for (String field : expected) {
      if (!fields.values.containsKey(field)) {
        throw refused(field, "missing");
      }
    }
    return fields;
  }

  /** Returns the name of an account or a transfer. */
  String name(String field) throws Refusal {
    Value value = values.get(field);
    if (value.type() != JsonToken.VALUE_STRING || !isName(value.text())) {
      throw refused(field, "expected a string of 1 to 64 of A-Z a-z 0-9 . _ : @ -");
    }
    return value.text();
  }

  long amount(String field, long least) throws Refusal {
    Value value = values.get(field);
    try {
      if (value.type() == JsonToken.VALUE_NUMBER_INT && Long.parseLong(value.text()) >= least) {
        return Long.parseLong(value.text());
      }
    } catch (NumberFormatException e) {
      // Refused below, like everything else that is no amount.
    }
    throw refused(field, "expected a whole number from %d to %d".formatted(least, Long.MAX_VALUE));
  }

  static boolean isName(String text) {
    return text.matches(NAME);
  }

  static Refusal refused(String field, String expected) {
    return new Refusal(Kind.BAD_INPUT, field + ": " + expected);
  }
}
