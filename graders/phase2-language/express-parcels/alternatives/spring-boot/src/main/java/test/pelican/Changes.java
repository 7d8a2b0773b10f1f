package test.pelican;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.springframework.http.HttpStatus;

/** The fields that a body names, once they are known to be valid. */
record Changes(String to, Integer weightG, String status) {
  static final Set<String> STATUSES = Set.of("new", "moving", "delivered");

  static Changes read(JsonNode body, boolean isNew) {
    if (!body.isObject()) throw refused("the body must be an object");
    String to = null;
    Integer weightG = null;
    String status = null;
    if (isNew && (!body.has("to") || !body.has("weightG"))) throw refused("to or weightG is missing");
    if (body.has("to")) {
      JsonNode node = body.get("to");
      to = node.textValue();
      int length = to == null ? 0 : to.codePointCount(0, to.length());
      if (length < 1 || length > 200) throw refused("to must be a text of 1 to 200 characters");
    }
    if (body.has("weightG")) {
      JsonNode node = body.get("weightG");
      double value = node.isNumber() ? node.doubleValue() : 0;
      if (value != Math.rint(value) || value < 1 || value > 30_000) {
        throw refused("weightG must be a whole number from 1 to 30000");
      }
      weightG = (int) value;
    }
    if (body.has("status")) {
      status = body.get("status").textValue();
      if (status == null || !STATUSES.contains(status)) {
        throw refused("status must be new, moving or delivered");
      }
    }
    return new Changes(to, weightG, status);
  }

  private static Refused refused(String why) {
    return new Refused(HttpStatus.UNPROCESSABLE_ENTITY, why);
  }
}
