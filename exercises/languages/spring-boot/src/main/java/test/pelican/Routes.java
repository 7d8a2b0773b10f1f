package test.pelican;

import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A first program on Spring Boot. Replace the route with those of the exercise's README. */
@RestController
class Routes {
  @GetMapping("/")
  Map<String, String> hello() {
    return Map.of("hello", "Pelican Post");
  }
}
