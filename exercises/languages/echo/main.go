// A first program on Echo. Replace the route in routes() with those of the exercise's README.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

func routes() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Use(middleware.Recover())
	// Echo's own errors are JSON as well: 404, 405, and 500 for what nobody expected.
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		status, text := http.StatusInternalServerError, any("internal server error")
		var known *echo.HTTPError
		if errors.As(err, &known) {
			status, text = known.Code, known.Message
		} else {
			log.Print(err)
		}
		_ = c.JSON(status, map[string]any{"error": text})
	}

	e.GET("/", func(c echo.Context) error {
		return c.JSON(http.StatusOK, map[string]string{"hello": "Pelican Post"})
	})
	return e
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	e := routes()

	ended := make(chan struct{})
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
		<-stop
		patience, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		_ = e.Shutdown(patience)
		close(ended)
	}()
	if err := e.Start("127.0.0.1:" + port); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-ended
}
