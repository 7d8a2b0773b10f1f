package main

import (
	"os"

	"github.com/redis/go-redis/v9"
)

// openRedis returns a client of REDIS_URL. Nothing is connected before its first use.
func openRedis() (*redis.Client, error) {
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}
