// Package pause waits: hardware takes its own time, and whoever asked for it may give up meanwhile.
package pause

import (
	"context"
	"time"
)

// For waits for a time, or for the end of the context, whose error it gives then.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
