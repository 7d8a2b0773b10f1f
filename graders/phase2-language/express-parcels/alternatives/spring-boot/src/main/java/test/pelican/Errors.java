package test.pelican;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** All errors as JSON, and none with more than a client needs. */
@RestControllerAdvice
class Errors {
  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

  @ExceptionHandler
  ResponseEntity<Map<String, String>> answer(Exception error) {
    if (error instanceof Refused refused) return body(refused.status.value(), refused.getMessage());
    // What Spring itself refuses: no such path, another method, another media type.
    if (error instanceof ErrorResponse known) {
      int status = known.getStatusCode().value();
      HttpStatus name = HttpStatus.resolve(status);
      return body(status, name == null ? "refused" : name.getReasonPhrase());
    }
    LOG.error("unexpected", error);
    return body(500, "internal server error");
  }

  private static ResponseEntity<Map<String, String>> body(int status, String why) {
    return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(Map.of("error", why));
  }
}
