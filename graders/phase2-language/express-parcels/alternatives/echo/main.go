package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

const mostBytes = 100 * 1024

var ownID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

var errNone = echo.NewHTTPError(http.StatusNotFound, "no such parcel")

func answerError(err error, c echo.Context) {
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

func bodyOf(c echo.Context) (map[string]json.RawMessage, error) {
	request := c.Request()
	raw, err := io.ReadAll(io.LimitReader(request.Body, mostBytes+1))
	if err != nil {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the body is not complete")
	}
	if len(raw) > mostBytes {
		_, _ = io.CopyN(io.Discard, request.Body, 16<<20)
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge, "the body is larger than 100 KiB")
	}
	if kind, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type")); kind != "application/json" {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType, "the body must be JSON")
	}
	if !json.Valid(raw) {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the body is not JSON")
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil || body == nil {
		return nil, echo.NewHTTPError(http.StatusUnprocessableEntity, "the body must be an object")
	}
	return body, nil
}

func fieldsOf(c echo.Context, required ...string) (changes, error) {
	body, err := bodyOf(c)
	if err != nil {
		return changes{}, err
	}
	fields, err := readChanges(body, required...)
	if err != nil {
		return changes{}, echo.NewHTTPError(http.StatusUnprocessableEntity, err.Error())
	}
	return fields, nil
}

func routes(store *Store) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = answerError
	e.Pre(middleware.RequestIDWithConfig(middleware.RequestIDConfig{
		RequestIDHandler: func(c echo.Context, id string) {
			if !ownID.MatchString(id) {
				c.Request().Header.Del(echo.HeaderXRequestID)
			}
		},
	}))
	e.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			header := c.Response().Header()
			if !ownID.MatchString(header.Get(echo.HeaderXRequestID)) {
				header.Set(echo.HeaderXRequestID, middleware.DefaultRequestIDConfig.Generator())
			}
			return next(c)
		}
	})
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}))

	find := func(c echo.Context) (Parcel, error) {
		parcel, there := store.find(c.Param("code"))
		if !there {
			return parcel, errNone
		}
		return parcel, nil
	}
	e.POST("/parcels", func(c echo.Context) error {
		fields, err := fieldsOf(c, "to", "weightG")
		if err != nil {
			return err
		}
		parcel := store.add(fields)
		c.Response().Header().Set("Location", "/parcels/"+parcel.Code)
		return c.JSON(http.StatusCreated, parcel)
	})
	e.GET("/parcels", func(c echo.Context) error {
		wanted, there := c.QueryParams()["status"]
		if there && !statuses[wanted[0]] {
			return echo.NewHTTPError(http.StatusBadRequest, "status must be new, moving or delivered")
		}
		return c.JSON(http.StatusOK, store.list(c.QueryParam("status")))
	})
	e.GET("/parcels/:code", func(c echo.Context) error {
		parcel, err := find(c)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, parcel)
	})
	e.PATCH("/parcels/:code", func(c echo.Context) error {
		if _, err := find(c); err != nil {
			return err
		}
		fields, err := fieldsOf(c)
		if err != nil {
			return err
		}
		parcel, there := store.change(c.Param("code"), fields)
		if !there {
			return errNone
		}
		return c.JSON(http.StatusOK, parcel)
	})
	e.DELETE("/parcels/:code", func(c echo.Context) error {
		if !store.remove(c.Param("code")) {
			return errNone
		}
		return c.NoContent(http.StatusNoContent)
	})
	e.GET("/parcels/:code/quote", func(c echo.Context) error {
		parcel, err := find(c)
		if err != nil {
			return err
		}
		cents, err := priceOf(c.Request().Context(), parcel.WeightG)
		if errors.Is(err, errLate) {
			return echo.NewHTTPError(http.StatusGatewayTimeout, err.Error())
		}
		if err != nil {
			return echo.NewHTTPError(http.StatusBadGateway, err.Error())
		}
		return c.JSON(http.StatusOK, map[string]int64{"cents": cents})
	})
	e.GET("/boom", func(echo.Context) error { panic("boom") })
	e.GET("/boom-async", func(echo.Context) error {
		time.Sleep(10 * time.Millisecond)
		return errors.New("boom")
	})
	return e
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	e := routes(newStore())
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
