import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class Server {
  static final int MOST_HEAD = 32 * 1024;
  static final int MOST_BODY = 1024 * 1024;

  static final Map<String, String> TYPES = Map.of(
      "html", "text/html; charset=utf-8", "css", "text/css; charset=utf-8",
      "js", "text/javascript", "mjs", "text/javascript", "json", "application/json",
      "txt", "text/plain; charset=utf-8", "svg", "image/svg+xml", "png", "image/png");

  /** What the client may not do; the connection ends with this answer. */
  static final class Refused extends IOException {
    final int status;

    Refused(int status) {
      this.status = status;
    }
  }

  record Head(String method, String target, boolean newer, Map<String, List<String>> fields) {
    List<String> all(String name) {
      return fields.getOrDefault(name, List.of());
    }

    boolean asks(String word) {
      for (String value : all("connection")) {
        for (String option : value.split(",")) {
          if (option.strip().equalsIgnoreCase(word)) return true;
        }
      }
      return false;
    }

    boolean stays() {
      return !asks("close") && (newer || asks("keep-alive"));
    }
  }

  record Answer(int status, String type, byte[] body, String location) {
    static Answer text(int status, String text) {
      return new Answer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), null);
    }
  }

  static Path root;

  public static void main(String[] args) throws IOException {
    root = Path.of(System.getenv("DOCROOT")).toRealPath();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ServerSocket listener =
        new ServerSocket(Integer.parseInt(System.getenv("PORT")), 512, InetAddress.getByName("127.0.0.1"))) {
      while (true) {
        Socket socket = listener.accept();
        threads.execute(() -> serve(socket));
      }
    }
  }

  static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
      try {
        while (true) {
          Head head = readHead(in);
          boolean echo = head.method().equals("POST") && path(head).equals("/echo");
          byte[] body = readBody(in, head, echo);
          Answer answer = echo ? new Answer(200, "application/octet-stream", body, null) : answer(head);
          boolean stays = head.stays();
          write(out, answer, head, stays);
          if (in.available() == 0 || !stays) out.flush();
          if (!stays) break;
        }
      } catch (Refused refused) {
        write(out, Answer.text(refused.status, "refused\n"), null, false);
        out.flush();
      } catch (EOFException over) {
        out.flush();
        return;
      }
      // Unread bytes would turn the end into a reset, which may overtake the answer.
      socket.shutdownOutput();
      socket.setSoTimeout(1000);
      byte[] rest = new byte[4096];
      while (in.read(rest) >= 0) continue;
    } catch (IOException gone) {
      // The client hung up, or said nothing more.
    }
  }

  /** Reads up to {@code \r\n}, which is left out. Every byte is one character. */
  static String readLine(InputStream in, int[] budget) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int one = in.read();
      if (one < 0) throw new EOFException();
      if (--budget[0] < 0) throw new Refused(431);
      line.append((char) one);
      if (one == '\n') {
        int end = line.length() - 2;
        if (end < 0 || line.charAt(end) != '\r') throw new Refused(400);
        line.setLength(end);
        return line.toString();
      }
    }
  }

  static Head readHead(InputStream in) throws IOException {
    int[] budget = {MOST_HEAD};
    String[] parts = readLine(in, budget).split(" ", -1);
    if (parts.length != 3 || parts[0].isEmpty() || !parts[1].startsWith("/")) throw new Refused(400);
    if (!parts[2].equals("HTTP/1.1") && !parts[2].equals("HTTP/1.0")) throw new Refused(505);
    Map<String, List<String>> fields = new HashMap<>();
    for (String line = readLine(in, budget); !line.isEmpty(); line = readLine(in, budget)) {
      int colon = line.indexOf(':');
      if (colon < 1) throw new Refused(400);
      String name = line.substring(0, colon).toLowerCase();
      if (name.indexOf(' ') >= 0 || name.indexOf('\t') >= 0) throw new Refused(400);
      String value = line.substring(colon + 1).replaceAll("^[ \t]+|[ \t]+$", "");
      fields.computeIfAbsent(name, (key) -> new ArrayList<>()).add(value);
    }
    Head head = new Head(parts[0], parts[1], parts[2].endsWith("1.1"), fields);
    if (head.newer() && head.all("host").size() != 1) throw new Refused(400);
    return head;
  }

  static byte[] readBody(InputStream in, Head head, boolean keep) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    List<String> codings = head.all("transfer-encoding");
    List<String> lengths = head.all("content-length");
    if (!codings.isEmpty()) {
      if (!lengths.isEmpty() || codings.size() > 1 || !codings.get(0).equalsIgnoreCase("chunked")) {
        throw new Refused(400);
      }
      long total = 0;
      while (true) {
        String line = readLine(in, new int[] {MOST_HEAD});
        int extension = line.indexOf(';');
        String digits = extension < 0 ? line : line.substring(0, extension);
        if (!digits.matches("[0-9a-fA-F]+")) throw new Refused(400);
        String significant = digits.replaceFirst("^0+", "");
        if (significant.length() > 6) throw new Refused(413);
        int size = significant.isEmpty() ? 0 : Integer.parseInt(significant, 16);
        total += size;
        if (total > MOST_BODY) throw new Refused(413);
        if (size == 0) break;
        copy(in, size, keep ? body : null);
        if (read(in) != '\r' || read(in) != '\n') throw new Refused(400);
      }
      while (!readLine(in, new int[] {MOST_HEAD}).isEmpty()) continue;
      return body.toByteArray();
    }
    if (lengths.isEmpty()) return new byte[0];
    for (String length : lengths) {
      if (!length.equals(lengths.get(0)) || !length.matches("[0-9]+")) throw new Refused(400);
    }
    String significant = lengths.get(0).replaceFirst("^0+", "");
    if (significant.length() > 7) throw new Refused(413);
    int length = significant.isEmpty() ? 0 : Integer.parseInt(significant);
    if (length > MOST_BODY) throw new Refused(413);
    copy(in, length, keep ? body : null);
    return body.toByteArray();
  }

  static int read(InputStream in) throws IOException {
    int one = in.read();
    if (one < 0) throw new EOFException();
    return one;
  }

  static void copy(InputStream in, int length, OutputStream to) throws IOException {
    byte[] buffer = new byte[8192];
    while (length > 0) {
      int count = in.read(buffer, 0, Math.min(length, buffer.length));
      if (count < 0) throw new EOFException();
      if (to != null) to.write(buffer, 0, count);
      length -= count;
    }
  }

  static String path(Head head) {
    return head.target().split("\\?", 2)[0];
  }

  static Answer answer(Head head) throws IOException {
    if (!head.method().equals("GET") && !head.method().equals("HEAD")) return Answer.text(405, "not here\n");
    String name = decode(path(head));
    if (name == null || name.indexOf('\0') >= 0 || name.indexOf('\\') >= 0) return Answer.text(400, "bad path\n");
    for (String part : name.split("/")) {
      if (part.equals("..")) return Answer.text(400, "bad path\n");
    }
    Answer missing = Answer.text(404, "there is no such file\n");
    Path found = root.resolve(name.replaceFirst("^/+", "") + (name.endsWith("/") ? "index.html" : ""));
    if (!Files.exists(found)) return missing;
    Path real = found.toRealPath();
    if (!real.startsWith(root)) return missing;
    if (Files.isDirectory(real)) {
      if (!Files.isRegularFile(real.resolve("index.html"))) return missing;
      return new Answer(301, "text/plain", new byte[0], path(head) + "/");
    }
    if (!Files.isRegularFile(real)) return missing;
    String file = found.getFileName().toString();
    int dot = file.lastIndexOf('.');
    String type = dot < 0 ? null : TYPES.get(file.substring(dot + 1));
    return new Answer(200, type == null ? "application/octet-stream" : type, Files.readAllBytes(real), null);
  }

  /** Returns null where an escape is none, or the bytes are no UTF-8. */
  static String decode(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int at = 0; at < escaped.length(); at++) {
      char c = escaped.charAt(at);
      if (c != '%') {
        bytes.write(c);
        continue;
      }
      if (at + 3 > escaped.length() || !escaped.substring(at + 1, at + 3).matches("[0-9a-fA-F]{2}")) return null;
      bytes.write(Integer.parseInt(escaped.substring(at + 1, at + 3), 16));
      at += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
    } catch (CharacterCodingException broken) {
      return null;
    }
  }

  static void write(OutputStream out, Answer answer, Head head, boolean stays) throws IOException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + answer.status() + " " + reason(answer.status()) + "\r\n");
    text.append("Content-Type: ").append(answer.type()).append("\r\n");
    text.append("Content-Length: ").append(answer.body().length).append("\r\n");
    if (answer.location() != null) text.append("Location: ").append(answer.location()).append("\r\n");
    if (!stays) text.append("Connection: close\r\n");
    else if (!head.newer()) text.append("Connection: keep-alive\r\n");
    out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (head == null || !head.method().equals("HEAD")) out.write(answer.body());
  }

  static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 301 -> "Moved Permanently";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 413 -> "Content Too Large";
      case 431 -> "Request Header Fields Too Large";
      default -> "HTTP Version Not Supported";
    };
  }
}
