import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public final class Server {
  private static final int MOST_BYTES = 64 * 1024;
  private static final Pattern NEW_ID = Pattern.compile("[A-Z]{1,3}-[0-9]{1,4}");

  record Locker(String id, String size, String status, String label) {
    String json() {
      String text = "{\"id\":" + Json.quote(id) + ",\"size\":" + Json.quote(size) + ",\"status\":" + Json.quote(status);
      return label == null ? text + "}" : text + ",\"label\":" + Json.quote(label) + "}";
    }
  }

  /** What ends a request early: a status, and what is said about it. */
  static final class Refused extends Exception {
    final int status;

    Refused(int status, String why) {
      super(why);
      this.status = status;
    }
  }

  private final Map<String, Locker> lockers = new TreeMap<>();
  private int made = 0;

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    Server server = new Server();
    http.createContext("/", server::serve);
    http.setExecutor(Executors.newCachedThreadPool());
    http.start();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try {
      String path = exchange.getRequestURI().getRawPath();
      if (path.equals("/lockers")) collection(exchange);
      else if (path.matches("/lockers/[^/]+")) one(exchange, exchange.getRequestURI().getPath().substring("/lockers/".length()));
      else throw new Refused(404, "there is nothing at this path");
    } catch (Refused refused) {
      answer(exchange, refused.status, "{\"error\":" + Json.quote(refused.getMessage()) + "}");
    } catch (RuntimeException broken) {
      broken.printStackTrace();
      answer(exchange, 500, "{\"error\":\"something went wrong\"}");
    } finally {
      exchange.close();
    }
  }

  private void collection(HttpExchange exchange) throws IOException, Refused {
    switch (exchange.getRequestMethod()) {
      case "GET", "HEAD" -> {
        String list;
        synchronized (this) {
          list = lockers.values().stream().map(Locker::json).collect(Collectors.joining(",", "[", "]"));
        }
        answer(exchange, 200, list);
      }
      case "POST" -> {
        Map<?, ?> body = object(exchange);
        String size = choice(body, "size", List.of("S", "M", "L"));
        String label = label(body);
        Locker locker;
        synchronized (this) {
          do made++; while (lockers.containsKey("P-" + made));
          locker = new Locker("P-" + made, size, "free", label);
          lockers.put(locker.id(), locker);
        }
        exchange.getResponseHeaders().set("Location", "/lockers/" + locker.id());
        answer(exchange, 201, locker.json());
      }
      default -> notAllowed(exchange, "GET, HEAD, POST");
    }
  }

  private void one(HttpExchange exchange, String id) throws IOException, Refused {
    switch (exchange.getRequestMethod()) {
      case "GET", "HEAD" -> {
        Locker locker;
        synchronized (this) {
          locker = lockers.get(id);
        }
        if (locker == null) throw new Refused(404, "there is no such locker");
        answer(exchange, 200, locker.json());
      }
      case "PUT" -> {
        Map<?, ?> body = object(exchange);
        String size = choice(body, "size", List.of("S", "M", "L"));
        String status = choice(body, "status", List.of("free", "occupied", "broken"));
        Locker locker = new Locker(id, size, status, label(body));
        boolean isNew;
        synchronized (this) {
          isNew = !lockers.containsKey(id);
          if (isNew && !NEW_ID.matcher(id).matches()) throw new Refused(422, "a new id looks like A-12");
          lockers.put(id, locker);
        }
        if (isNew) answer(exchange, 201, locker.json());
        else answer(exchange, 204, null);
      }
      case "DELETE" -> {
        synchronized (this) {
          lockers.remove(id);
        }
        answer(exchange, 204, null);
      }
      default -> notAllowed(exchange, "GET, HEAD, PUT, DELETE");
    }
  }

  private static void notAllowed(HttpExchange exchange, String methods) throws Refused {
    exchange.getResponseHeaders().set("Allow", methods);
    throw new Refused(405, "this path takes " + methods);
  }

  private static Map<?, ?> object(HttpExchange exchange) throws IOException, Refused {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
      throw new Refused(415, "send application/json");
    }
    byte[] bytes;
    try (InputStream in = exchange.getRequestBody()) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    }
    if (bytes.length > MOST_BYTES) throw new Refused(413, "the body is larger than 64 KiB");
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (Json.read(text) instanceof Map<?, ?> map) return map;
      throw new Refused(400, "send an object");
    } catch (CharacterCodingException | Json.Malformed malformed) {
      throw new Refused(400, "the body is not JSON: " + malformed.getMessage());
    }
  }

  private static String choice(Map<?, ?> body, String field, List<String> choices) throws Refused {
    if (body.get(field) instanceof String text && choices.contains(text)) return text;
    throw new Refused(422, field + " must be one of " + String.join(", ", choices));
  }

  private static String label(Map<?, ?> body) throws Refused {
    if (!body.containsKey("label")) return null;
    if (body.get("label") instanceof String text && text.codePointCount(0, text.length()) <= 200) return text;
    throw new Refused(422, "label must be a text of up to 200 characters");
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    if (json == null) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
