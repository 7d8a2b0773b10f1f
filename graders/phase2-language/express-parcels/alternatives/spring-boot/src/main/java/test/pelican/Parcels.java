package test.pelican;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Parcels {
  private static final int MOST_BYTES = 100 * 1024;

  private final Map<String, Parcel> parcels = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final ObjectMapper json;
  private final Pricing pricing;

  Parcels(ObjectMapper json, Pricing pricing) {
    this.json = json;
    this.pricing = pricing;
  }

  @PostMapping("/parcels")
  ResponseEntity<Parcel> create(HttpServletRequest request) throws IOException {
    Changes fields = Changes.read(bodyOf(request), true);
    Parcel parcel = new Parcel("S" + numbers.incrementAndGet(), fields.to(), fields.weightG(), "new");
    parcels.put(parcel.code(), parcel);
    return ResponseEntity.created(URI.create("/parcels/" + parcel.code())).body(parcel);
  }

  @GetMapping("/parcels")
  List<Parcel> list(@RequestParam(required = false) String status) {
    if (status != null && !Changes.STATUSES.contains(status)) {
      throw new Refused(HttpStatus.BAD_REQUEST, "status must be new, moving or delivered");
    }
    return parcels.values().stream().filter(one -> status == null || one.status().equals(status)).toList();
  }

  @GetMapping("/parcels/{code}")
  Parcel show(@PathVariable String code) {
    return find(code);
  }

  @PatchMapping("/parcels/{code}")
  Parcel change(@PathVariable String code, HttpServletRequest request) throws IOException {
    find(code);
    Changes changes = Changes.read(bodyOf(request), false);
    Parcel changed = parcels.computeIfPresent(code, (same, parcel) -> parcel.with(changes));
    if (changed == null) throw none();
    return changed;
  }

  @DeleteMapping("/parcels/{code}")
  ResponseEntity<Void> remove(@PathVariable String code) {
    if (parcels.remove(code) == null) throw none();
    return ResponseEntity.noContent().build();
  }

  @GetMapping("/parcels/{code}/quote")
  Map<String, Long> quote(@PathVariable String code) throws InterruptedException {
    return Map.of("cents", pricing.of(find(code).weightG()));
  }

  @GetMapping("/boom")
  void boom() {
    throw new IllegalStateException("boom");
  }

  @GetMapping("/boom-async")
  void boomAsync() throws InterruptedException {
    Thread.sleep(10);
    throw new IllegalStateException("boom");
  }

  private Parcel find(String code) {
    Parcel parcel = parcels.get(code);
    if (parcel == null) throw none();
    return parcel;
  }

  private static Refused none() {
    return new Refused(HttpStatus.NOT_FOUND, "no such parcel");
  }

  private static boolean isJson(String type) {
    try {
      return type != null && MediaType.parseMediaType(type).isCompatibleWith(MediaType.APPLICATION_JSON);
    } catch (InvalidMediaTypeException odd) {
      return false;
    }
  }

  private JsonNode bodyOf(HttpServletRequest request) throws IOException {
    byte[] raw = request.getInputStream().readNBytes(MOST_BYTES + 1);
    if (raw.length > MOST_BYTES) {
      throw new Refused(HttpStatus.PAYLOAD_TOO_LARGE, "the body is larger than 100 KiB");
    }
    if (!isJson(request.getContentType())) {
      throw new Refused(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be JSON");
    }
    try {
      JsonNode body = json.readTree(raw);
      if (body == null || body.isMissingNode()) throw new Refused(HttpStatus.BAD_REQUEST, "the body is empty");
      return body;
    } catch (JsonProcessingException broken) {
      throw new Refused(HttpStatus.BAD_REQUEST, "the body is not JSON");
    }
  }
}
