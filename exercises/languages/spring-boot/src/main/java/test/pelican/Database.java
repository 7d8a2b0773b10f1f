package test.pelican;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** PostgreSQL at DATABASE_URL, which JDBC wants in another form. Take it with a JdbcTemplate. */
@Configuration
class Database {
  @Bean
  DataSource dataSource() {
    URI url = URI.create(System.getenv("DATABASE_URL"));
    String[] user = url.getRawUserInfo() == null ? new String[0] : url.getRawUserInfo().split(":", 2);
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    int port = url.getPort() < 0 ? 5432 : url.getPort();

    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl("jdbc:postgresql://" + url.getHost() + ":" + port + url.getRawPath() + query);
    if (user.length > 0) pool.setUsername(URLDecoder.decode(user[0], StandardCharsets.UTF_8));
    if (user.length > 1) pool.setPassword(URLDecoder.decode(user[1], StandardCharsets.UTF_8));
    pool.setMaximumPoolSize(10);
    return pool;
  }
}
