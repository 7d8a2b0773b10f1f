import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An element of a page; what is put into it as text is text. */
final class Html {
  private static final Set<String> EMPTY = Set.of("input", "link", "meta");

  private final String name;
  private final Map<String, String> attributes = new LinkedHashMap<>();
  private final List<Object> children = new ArrayList<>();

  private Html(String name) {
    this.name = name;
  }

  static Html el(String name, Object... children) {
    Html element = new Html(name);
    for (Object child : children) if (child != null) element.children.add(child);
    return element;
  }

  Html with(String attribute, String value) {
    attributes.put(attribute, value);
    return this;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder("<").append(name);
    attributes.forEach((key, value) -> out.append(' ').append(key).append("=\"").append(escape(value)).append('"'));
    out.append('>');
    if (EMPTY.contains(name)) return out.toString();
    // A browser drops the first line break of a textarea.
    if (name.equals("textarea")) out.append('\n');
    for (Object child : children) {
      if (child instanceof List<?> several) several.forEach(out::append);
      else if (child instanceof Html element) out.append(element);
      else out.append(escape(child.toString()));
    }
    return out.append("</").append(name).append('>').toString();
  }
}
