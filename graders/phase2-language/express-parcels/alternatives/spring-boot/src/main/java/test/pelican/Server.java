package test.pelican;

import org.apache.catalina.core.StandardHost;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.util.UUID;

/** What Tomcat refuses before any filter, such as a malformed escape in a path, is JSON as well. */
@Component
class Server implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addContextCustomizers(
        context -> ((StandardHost) context.getParent()).setErrorReportValveClass(Report.class.getName()));
  }

  public static class Report extends ErrorReportValve {
    @Override
    protected void report(Request request, Response response, Throwable throwable) {
      if (response.getStatus() < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) return;
      try {
        if (response.getHeader("X-Request-Id") == null) {
          response.setHeader("X-Request-Id", UUID.randomUUID().toString());
        }
        response.setContentType("application/json");
        response.getReporter().write("{\"error\":\"refused\"}");
        response.finishResponse();
      } catch (IOException gone) {
        // The client has left.
      }
    }
  }
}
