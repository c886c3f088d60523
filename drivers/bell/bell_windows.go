package bell

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
)

var beep = windows.NewLazySystemDLL("kernel32.dll").NewProc("Beep")

func sound(ctx context.Context, r Ring) error {
	for range r.Times {
		if ok, _, err := beep.Call(uintptr(r.Hertz), uintptr(r.Length.Milliseconds())); ok == 0 {
			return fmt.Errorf("%w: %w", ErrSilent, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.Length):
		}
	}
	return nil
}
