package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// longestControl is how long a control lasts at most.
const longestControl = 2 * time.Second

// control sends reads at a rate to a server in this process that only says hello.
// What it needs is the machine's and this program's, not central's.
func (t *Trial) control(ctx context.Context, rate float64, d time.Duration) error {
	n, err := count(rate, min(d, longestControl))
	if err != nil {
		return err
	}
	r, err := hello(ctx, t.size, n, rate)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	t.Print.Line("對照：只說 hello 的伺服器 / control: a server that says hello  %s", r.Reads)
	return nil
}

func hello(ctx context.Context, connections, n int, rate float64) (r *Result, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		err = errors.Join(err, server.Close())
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
	}()
	target, err := NewTarget("http://" + listener.Addr().String())
	if err != nil {
		return nil, err
	}
	shots := make([]*Shot, n)
	for i := range shots {
		shots[i] = target.Get("/")
	}
	return target.Paced(ctx, connections, shots, rate, 0)
}
