package load

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
)

// Post is a request with a JSON body, for measurements that write their own. id is that of the booking it asks for,
// which a 2xx has to name; zero when it asks for none.
func (t *Target) Post(path string, id clinic.ID, body []byte) *Shot {
	raw := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, t.at, len(body))
	return &Shot{ID: id, raw: append(raw, body...)}
}

// Get is a request of a client that takes gzip, as browsers do.
func (t *Target) Get(path string) *Shot {
	return &Shot{raw: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", path, t.at)}
}

// Paced sends shots at a rate over so many connections, each at its time. With a
// window, what could not be sent before it closes stays unsent.
func (t *Target) Paced(ctx context.Context, connections int, shots []*Shot, rate float64, window time.Duration) (*Result, error) {
	return (&crew{target: t, size: connections, patience: answerWithin}).open(ctx, shots, rate, window)
}

// Flood sends all shots over so many connections as fast as answers come. Who is
// told to come back later does.
func (t *Target) Flood(ctx context.Context, connections int, shots []*Shot) (*Result, error) {
	return (&crew{target: t, size: connections, patience: answerWithin, persist: true}).closed(ctx, shots)
}
