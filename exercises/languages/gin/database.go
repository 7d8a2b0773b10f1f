package main

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

// openPostgres returns a pool of connections to DATABASE_URL. Nothing is connected before its first use.
func openPostgres(ctx context.Context) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
}
