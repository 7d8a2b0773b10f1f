package test.pelican;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;

@Service
class Pricing {
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ObjectMapper json;

  Pricing(ObjectMapper json) {
    this.json = json;
  }

  /** The price in cents, complete within a second. */
  long of(int weightG) throws InterruptedException {
    URI uri = URI.create(System.getenv("PRICING_URL") + "/quote?weight=" + weightG);
    CompletableFuture<HttpResponse<byte[]>> asked =
        client.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
    try {
      HttpResponse<byte[]> response = asked.get(1, TimeUnit.SECONDS);
      JsonNode body = json.readTree(response.body());
      JsonNode cents = body == null ? null : body.get("cents");
      boolean whole = cents != null && cents.isNumber() && cents.doubleValue() == Math.rint(cents.doubleValue());
      if (response.statusCode() != 200 || !whole) throw broken();
      return cents.longValue();
    } catch (TimeoutException late) {
      // Ends the exchange, and its connection with it.
      asked.cancel(true);
      throw new Refused(HttpStatus.GATEWAY_TIMEOUT, "the pricing service took too long");
    } catch (ExecutionException | java.io.IOException cause) {
      throw broken();
    }
  }

  private static Refused broken() {
    return new Refused(HttpStatus.BAD_GATEWAY, "the pricing service gave no usable answer");
  }
}
