package test.pelican;

import org.springframework.http.HttpStatus;

/** Ends a request with a status and a sentence for the client. */
class Refused extends RuntimeException {
  final HttpStatus status;

  Refused(HttpStatus status, String why) {
    super(why, null, false, false);
    this.status = status;
  }
}
