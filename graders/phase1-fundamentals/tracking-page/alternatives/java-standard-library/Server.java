import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

public final class Server {
  record Booking(String name, String email, String depot, String note) {}

  private static final String CSS = "#events li { margin-block: 0.5rem } label { display: block }";

  private final Map<String, Map<?, ?>> parcels = new LinkedHashMap<>();
  private final Map<String, String> depots = new LinkedHashMap<>();
  private final List<Booking> bookings = new CopyOnWriteArrayList<>();

  public static void main(String[] args) throws Exception {
    Server server = new Server(Json.read(Files.readString(Path.of(System.getenv("DATA_FILE")))));
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    http.createContext("/", server::serve);
    http.setExecutor(Executors.newFixedThreadPool(8));
    http.start();
  }

  private Server(Object data) {
    Map<?, ?> all = (Map<?, ?>) data;
    for (Object one : (List<?>) all.get("parcels")) parcels.put(text(one, "code"), (Map<?, ?>) one);
    for (Object one : (List<?>) all.get("depots")) depots.put(text(one, "id"), text(one, "name"));
  }

  private static String text(Object map, String key) {
    return ((Map<?, ?>) map).get(key) instanceof String found ? found : "";
  }

  private void serve(HttpExchange exchange) throws IOException {
    try {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/style.css")) {
        if (only(exchange, "GET, HEAD")) send(exchange, 200, "text/css; charset=utf-8", CSS);
      } else if (path.startsWith("/track/") && parcels.containsKey(path.substring(7))) {
        if (only(exchange, "GET, HEAD")) page(exchange, 200, parcel(parcels.get(path.substring(7))));
      } else if (path.equals("/pickup")) {
        if (only(exchange, "GET, HEAD, POST")) pickup(exchange);
      } else if (path.equals("/pickups")) {
        if (only(exchange, "GET, HEAD")) page(exchange, 200, list());
      } else if (path.matches("/pickups/[0-9]{1,8}") && Integer.parseInt(path.substring(9)) < bookings.size()) {
        if (only(exchange, "GET, HEAD")) page(exchange, 200, booked(bookings.get(Integer.parseInt(path.substring(9)))));
      } else {
        page(exchange, 404, new Page("Not found", Html.el("h1", "Nothing here"), Html.el("p", "There is nothing at " + path)));
      }
    } finally {
      exchange.close();
    }
  }

  private static boolean only(HttpExchange exchange, String methods) throws IOException {
    if (List.of(methods.split(", ")).contains(exchange.getRequestMethod())) return true;
    exchange.getResponseHeaders().set("Allow", methods);
    send(exchange, 405, "text/plain", "This page takes " + methods + ".\n");
    return false;
  }

  record Page(String title, Html... parts) {}

  private static void page(HttpExchange exchange, int status, Page page) throws IOException {
    Html document = Html.el("html",
        Html.el("head", Html.el("meta").with("charset", "utf-8"), Html.el("title", page.title()),
            Html.el("link").with("rel", "stylesheet").with("href", "/style.css")),
        Html.el("body", Html.el("main", (Object[]) page.parts()))).with("lang", "en");
    send(exchange, status, "text/html; charset=utf-8", "<!doctype html>" + document);
  }

  private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  record Event(Instant at, Html item) {}

  private static Event event(Object one) {
    String at = text(one, "at");
    Instant instant = null;
    try {
      instant = OffsetDateTime.parse(at).toInstant();
    } catch (DateTimeException none) {
      // It is shown as it is.
    }
    Object time = instant == null ? at
        : Html.el("time", instant.truncatedTo(ChronoUnit.MINUTES)).with("datetime", instant.truncatedTo(ChronoUnit.MILLIS).toString());
    return new Event(instant, Html.el("li", time, ", ", Html.el("b", text(one, "place")), ": ", text(one, "text")));
  }

  private Page parcel(Map<?, ?> parcel) {
    List<Event> events = new ArrayList<>();
    for (Object one : (List<?>) parcel.get("events")) events.add(event(one));
    events.sort(Comparator.comparing(Event::at, Comparator.nullsLast(Comparator.naturalOrder())));
    String sender = text(parcel.get("sender"), "name");
    String website = text(parcel.get("sender"), "website");
    boolean linked = website.matches("https?://[^\\s\"'<>`\\\\]+");
    return new Page("Parcel " + text(parcel, "code") + " for " + text(parcel, "recipient"),
        Html.el("h1", "Parcel ", text(parcel, "code")),
        Html.el("p", "For ", text(parcel, "recipient")),
        Html.el("p", "From ", linked ? Html.el("a", sender).with("href", website) : sender),
        Html.el("ol", events.stream().map(Event::item).toList()).with("id", "events"));
  }

  private static Html values(Booking booking) {
    return Html.el("dl", Html.el("dt", "Name"), Html.el("dd", booking.name()), Html.el("dt", "Email"), Html.el("dd", booking.email()),
        Html.el("dt", "Depot"), Html.el("dd", booking.depot()), Html.el("dt", "Note"), Html.el("dd", booking.note()));
  }

  private Page booked(Booking booking) {
    return new Page("Booked", Html.el("h1", "Your pickup"), values(booking));
  }

  private Page list() {
    List<Html> rows = bookings.stream().map((one) -> Html.el("li", values(one))).collect(Collectors.toList());
    return new Page("Pickups", Html.el("h1", "All pickups"), rows.isEmpty() ? Html.el("p", "None yet.") : Html.el("ul", rows).with("id", "pickups"));
  }

  private void pickup(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      page(exchange, 200, form(Map.of(), Map.of()));
      return;
    }
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.split(";")[0].strip().equalsIgnoreCase("application/x-www-form-urlencoded")) {
      send(exchange, 415, "text/plain", "Send the form.\n");
      return;
    }
    Map<String, String> typed = new LinkedHashMap<>();
    try {
      for (String pair : new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&")) {
        int equals = pair.indexOf('=');
        String key = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        typed.putIfAbsent(URLDecoder.decode(key, StandardCharsets.UTF_8), URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    } catch (IllegalArgumentException malformed) {
      send(exchange, 400, "text/plain", "That is no form.\n");
      return;
    }
    Map<String, String> wrong = check(typed);
    if (!wrong.isEmpty()) {
      page(exchange, 422, form(typed, wrong));
      return;
    }
    int number;
    synchronized (this) {
      number = bookings.size();
      bookings.add(new Booking(typed.get("name"), typed.get("email"), depots.get(typed.get("depot")), typed.getOrDefault("note", "")));
    }
    exchange.getResponseHeaders().set("Location", "/pickups/" + number);
    exchange.sendResponseHeaders(303, -1);
  }

  private static int characters(String text) {
    return text.codePointCount(0, text.length());
  }

  private Map<String, String> check(Map<String, String> typed) {
    Map<String, String> wrong = new LinkedHashMap<>();
    String name = typed.getOrDefault("name", "");
    if (name.isBlank() || characters(name) > 80) wrong.put("name", "Please give a name of 1 to 80 characters.");
    if (!typed.getOrDefault("email", "").matches("[^@\\s]+@[^@\\s]+")) wrong.put("email", "Please give an email address.");
    if (!depots.containsKey(typed.getOrDefault("depot", ""))) wrong.put("depot", "Please choose a depot.");
    if (characters(typed.getOrDefault("note", "").replace("\r\n", "\n")) > 500) wrong.put("note", "At most 500 characters, please.");
    return wrong;
  }

  private Page form(Map<String, String> typed, Map<String, String> wrong) {
    List<Html> options = new ArrayList<>();
    options.add(Html.el("option", "Choose one").with("value", ""));
    depots.forEach((id, name) -> {
      Html option = Html.el("option", name).with("value", id);
      options.add(id.equals(typed.get("depot")) ? option.with("selected", "") : option);
    });
    Html select = Html.el("select", options).with("name", "depot");
    Html form = Html.el("form",
        field("Name", "name", Html.el("input").with("name", "name").with("value", typed.getOrDefault("name", "")), wrong),
        field("Email", "email", Html.el("input").with("name", "email").with("value", typed.getOrDefault("email", "")), wrong),
        field("Depot", "depot", select, wrong),
        field("Note", "note", Html.el("textarea", typed.getOrDefault("note", "")).with("name", "note"), wrong),
        Html.el("button", "Book"));
    return new Page("Book a pickup", Html.el("h1", "Book a pickup"), form.with("method", "post").with("action", "/pickup"));
  }

  private static Html field(String title, String name, Html control, Map<String, String> wrong) {
    String message = wrong.get(name);
    return Html.el("label", title + " ", control, message == null ? null : Html.el("strong", " " + message));
  }
}
