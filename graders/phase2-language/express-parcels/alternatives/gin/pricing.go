package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

var (
	errLate   = errors.New("the pricing service took too long")
	errBroken = errors.New("the pricing service gave no usable answer")
)

// No connection outlives its question, and a redirect is no price.
var pricing = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func priceOf(ctx context.Context, weight int) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	url := fmt.Sprintf("%s/quote?weight=%d", os.Getenv("PRICING_URL"), weight)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, errBroken
	}
	fault := func() error {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errLate
		}
		return errBroken
	}
	response, err := pricing.Do(request)
	if err != nil {
		return 0, fault()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return 0, fault()
	}
	var price struct {
		Cents json.RawMessage `json:"cents"`
	}
	if response.StatusCode != http.StatusOK || json.Unmarshal(body, &price) != nil {
		return 0, errBroken
	}
	var cents *float64
	if json.Unmarshal(price.Cents, &cents) != nil || cents == nil || *cents != float64(int64(*cents)) {
		return 0, errBroken
	}
	return int64(*cents), nil
}
