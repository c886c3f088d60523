// Package load puts a running central under load over HTTP, kills it under
// load, and holds afterwards what it answered against its books.
//
// Arrivals come by the clock, whether earlier ones were answered or not, and a
// latency runs from the instant at which the request was due: a server that
// stalls is not excused by requests that waited for it (an open loop). Only
// loopback addresses are loaded.
package load

import (
	"fmt"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
)

// Target is a central on this machine.
type Target struct{ at netip.AddrPort }

// NewTarget reads an address such as http://127.0.0.1:8080. Anything but http
// to an IP address of the loopback is refused: a load on a machine of others is
// an attack, and a name may mean another machine tomorrow.
func NewTarget(address string) (*Target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("讀不懂位址 / cannot read the address: %w", err)
	}
	at, err := netip.ParseAddrPort(u.Host)
	if err != nil || u.Scheme != "http" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("位址請寫成 http://127.0.0.1:8080 / write the address like http://127.0.0.1:8080, not %q", address)
	}
	if !at.Addr().Unmap().IsLoopback() {
		return nil, fmt.Errorf("只量測本機，不對 %s 送出任何請求 / only this machine is put under load, never %s", at.Addr(), at.Addr())
	}
	return &Target{at}, nil
}

// URL is the address without a path.
func (t *Target) URL() string { return "http://" + t.at.String() }

// Shot is a request that is ready to be sent.
type Shot struct {
	ID    clinic.ID // of the booking that is asked for; zero for a read
	raw   []byte
	state atomic.Int32 // an outcome
}

// Raw is the request as it is sent, head and body.
func (s *Shot) Raw() []byte { return s.raw }

// outcome is what became of a shot.
type outcome int32

const (
	unsent  outcome = iota
	unknown         // it was sent and no answer came: it may be stored or not
	yes             // 2xx
	no              // refused or failed, by an answer other than 503
	busy            // 503: nothing was stored, and trying again helps
)

func (s *Shot) is(o outcome) bool { return outcome(s.state.Load()) == o }

func (s *Shot) become(o outcome) { s.state.Store(int32(o)) }

func (s *Shot) books() bool { return !s.ID.IsZero() }

// Result is what came of the shots of one run.
type Result struct {
	Sent     atomic.Int64 // shots, not counting repeats
	Booked   atomic.Int64
	Read     atomic.Int64
	InTime   atomic.Int64 // booked or read before the window closed
	Busy     atomic.Int64 // answers 503
	Untold   atomic.Int64 // of them without Retry-After
	Repeated atomic.Int64 // sent again with the same id, after 503 or an unknown outcome
	Unknown  atomic.Int64 // no answer after all tries
	Took     time.Duration
	Bookings *Latencies // answered bookings, from the instant each was due
	Reads    *Latencies // the same of reads
	Lag      *Latencies // how late this generator itself was, in an open loop
	statuses [600]atomic.Int64
}

func newResult() *Result {
	return &Result{Bookings: NewLatencies(), Reads: NewLatencies(), Lag: NewLatencies()}
}

// Rate is how many shots got a 2xx each second.
func (r *Result) Rate() float64 {
	return float64(r.Booked.Load()+r.Read.Load()) / max(r.Took.Seconds(), 1e-9)
}

// Status is how many answers had an HTTP status.
func (r *Result) Status(code int) int { return int(r.statuses[code].Load()) }

// Print writes the result for people.
func (r *Result) Print(p *Printer) {
	p.Line("送出 %d，完成 %d，每秒 %.0f，共 %s / sent, done, each second, in all", r.Sent.Load(), r.Booked.Load()+r.Read.Load(), r.Rate(), short(r.Took))
	for code := range r.statuses {
		if n := r.Status(code); n > 0 {
			p.Line("  HTTP %d  %d", code, n)
		}
	}
	if n := r.Busy.Load(); n > 0 {
		p.Line("  503 附 Retry-After / with Retry-After  %d / %d", n-r.Untold.Load(), n)
	}
	if n := r.Repeated.Load(); n > 0 {
		p.Line("  以同一編號重送 / sent again with the same id  %d", n)
	}
	if n := r.Unknown.Load(); n > 0 {
		p.Line("  結果不明 / outcome unknown  %d", n)
	}
	if r.Bookings.Count() > 0 {
		p.Line("  預約 / bookings  %s", r.Bookings)
	}
	if r.Reads.Count() > 0 {
		p.Line("  查詢 / reads     %s", r.Reads)
	}
	if r.Lag.Count() > 0 {
		p.Line("  本程式晚送 / sent late by this program  %s", r.Lag)
	}
}
