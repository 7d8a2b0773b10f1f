package main

import (
	"context"
	"crypto/rand"
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

	"github.com/gin-gonic/gin"
)

const mostBytes = 100 * 1024

var ownID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

func requestIDs(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !ownID.MatchString(id) {
		id = rand.Text()
	}
	c.Header("X-Request-Id", id)
	c.Next()
}

func refuse(c *gin.Context, status int, why string) {
	c.AbortWithStatusJSON(status, gin.H{"error": why})
}

// bodyOf reads a JSON object; where it cannot, it has answered.
func bodyOf(c *gin.Context) (map[string]json.RawMessage, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, mostBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		// The client is still sending; what it has sent is taken, so that it can read the answer.
		_, _ = io.CopyN(io.Discard, c.Request.Body, 16<<20)
		refuse(c, http.StatusRequestEntityTooLarge, "the body is larger than 100 KiB")
		return nil, false
	}
	if err != nil {
		refuse(c, http.StatusBadRequest, "the body is not complete")
		return nil, false
	}
	if kind, _, _ := mime.ParseMediaType(c.ContentType()); kind != "application/json" {
		refuse(c, http.StatusUnsupportedMediaType, "the body must be JSON")
		return nil, false
	}
	if !json.Valid(raw) {
		refuse(c, http.StatusBadRequest, "the body is not JSON")
		return nil, false
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil || body == nil {
		refuse(c, http.StatusUnprocessableEntity, "the body must be an object")
		return nil, false
	}
	return body, true
}

func routes(store *Store) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.Use(requestIDs)
	engine.Use(gin.CustomRecoveryWithWriter(os.Stderr, func(c *gin.Context, _ any) {
		refuse(c, http.StatusInternalServerError, "internal server error")
	}))
	engine.NoRoute(func(c *gin.Context) { refuse(c, http.StatusNotFound, "not found") })
	engine.NoMethod(func(c *gin.Context) { refuse(c, http.StatusMethodNotAllowed, "method not allowed") })

	none := func(c *gin.Context) { refuse(c, http.StatusNotFound, "no such parcel") }
	engine.POST("/parcels", func(c *gin.Context) {
		body, ok := bodyOf(c)
		if !ok {
			return
		}
		fields, err := readChanges(body, "to", "weightG")
		if err != nil {
			refuse(c, http.StatusUnprocessableEntity, err.Error())
			return
		}
		parcel := store.add(fields)
		c.Header("Location", "/parcels/"+parcel.Code)
		c.JSON(http.StatusCreated, parcel)
	})
	engine.GET("/parcels", func(c *gin.Context) {
		status, there := c.GetQuery("status")
		if there && !statuses[status] {
			refuse(c, http.StatusUnprocessableEntity, "status must be new, moving or delivered")
			return
		}
		c.JSON(http.StatusOK, store.list(status))
	})
	engine.GET("/parcels/:code", func(c *gin.Context) {
		parcel, there := store.find(c.Param("code"))
		if !there {
			none(c)
			return
		}
		c.JSON(http.StatusOK, parcel)
	})
	engine.PATCH("/parcels/:code", func(c *gin.Context) {
		if _, there := store.find(c.Param("code")); !there {
			none(c)
			return
		}
		body, ok := bodyOf(c)
		if !ok {
			return
		}
		fields, err := readChanges(body)
		if err != nil {
			refuse(c, http.StatusUnprocessableEntity, err.Error())
			return
		}
		parcel, there := store.change(c.Param("code"), fields)
		if !there {
			none(c)
			return
		}
		c.JSON(http.StatusOK, parcel)
	})
	engine.DELETE("/parcels/:code", func(c *gin.Context) {
		if !store.remove(c.Param("code")) {
			none(c)
			return
		}
		c.Status(http.StatusNoContent)
	})
	engine.GET("/parcels/:code/quote", func(c *gin.Context) {
		parcel, there := store.find(c.Param("code"))
		if !there {
			none(c)
			return
		}
		cents, err := priceOf(c.Request.Context(), parcel.WeightG)
		switch {
		case errors.Is(err, errLate):
			refuse(c, http.StatusGatewayTimeout, err.Error())
		case err != nil:
			refuse(c, http.StatusBadGateway, err.Error())
		default:
			c.JSON(http.StatusOK, gin.H{"cents": cents})
		}
	})
	engine.GET("/boom", func(*gin.Context) { panic("boom") })
	engine.GET("/boom-async", func(*gin.Context) {
		time.Sleep(10 * time.Millisecond)
		panic("boom")
	})
	return engine
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: routes(newStore())}
	ended := make(chan struct{})
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
		<-stop
		patience, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		_ = server.Shutdown(patience)
		close(ended)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-ended
}
