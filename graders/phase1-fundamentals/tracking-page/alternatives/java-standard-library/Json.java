import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON: objects are maps, numbers are doubles. */
final class Json {
  static final class Malformed extends Exception {
    Malformed(String what, int at) {
      super(what + " at character " + at);
    }
  }

  private final String text;
  private int at = 0;
  private int depth = 0;

  private Json(String text) {
    this.text = text;
  }

  static Object read(String text) throws Malformed {
    Json json = new Json(text);
    Object value = json.value();
    json.blanks();
    if (json.at < text.length()) throw new Malformed("something follows the value", json.at);
    return value;
  }

  private void blanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
  }

  private char next() throws Malformed {
    if (at >= text.length()) throw new Malformed("the text ends", at);
    return text.charAt(at++);
  }

  private void expect(String word) throws Malformed {
    if (!text.startsWith(word, at)) throw new Malformed("no value", at);
    at += word.length();
  }

  private Object value() throws Malformed {
    blanks();
    if (at >= text.length()) throw new Malformed("no value", at);
    if (++depth > 200) throw new Malformed("too deep", at);
    try {
      switch (text.charAt(at)) {
        case '{':
          return object();
        case '[':
          return array();
        case '"':
          return string();
        case 't':
          expect("true");
          return true;
        case 'f':
          expect("false");
          return false;
        case 'n':
          expect("null");
          return null;
        default:
          return number();
      }
    } finally {
      depth--;
    }
  }

  private Map<String, Object> object() throws Malformed {
    Map<String, Object> found = new LinkedHashMap<>();
    next();
    blanks();
    if (at < text.length() && text.charAt(at) == '}') {
      at++;
      return found;
    }
    while (true) {
      blanks();
      if (at >= text.length() || text.charAt(at) != '"') throw new Malformed("no key", at);
      String key = string();
      blanks();
      if (next() != ':') throw new Malformed("no colon", at);
      found.put(key, value());
      blanks();
      char after = next();
      if (after == '}') return found;
      if (after != ',') throw new Malformed("no comma", at);
    }
  }

  private List<Object> array() throws Malformed {
    List<Object> found = new ArrayList<>();
    next();
    blanks();
    if (at < text.length() && text.charAt(at) == ']') {
      at++;
      return found;
    }
    while (true) {
      found.add(value());
      blanks();
      char after = next();
      if (after == ']') return found;
      if (after != ',') throw new Malformed("no comma", at);
    }
  }

  private String string() throws Malformed {
    StringBuilder out = new StringBuilder();
    next();
    while (true) {
      char c = next();
      if (c == '"') return out.toString();
      if (c < ' ') throw new Malformed("a control character", at);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = next();
      int known = "\"\\/bfnrt".indexOf(escape);
      if (known >= 0) {
        out.append("\"\\/\b\f\n\r\t".charAt(known));
      } else if (escape == 'u' && at + 4 <= text.length() && text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
        out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
        at += 4;
      } else {
        throw new Malformed("an unknown escape", at);
      }
    }
  }

  private Double number() throws Malformed {
    int from = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) at++;
    String digits = text.substring(from, at);
    if (!digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) throw new Malformed("no value", from);
    return Double.valueOf(digits);
  }
}
