package main

import (
	"context"
	"fmt"
	"sync"
)

// syncBars lists the bars of synchronisation. All of them come from one run of
// ours and one of the peer's.
func syncBars() []bar {
	ours, peer := new(onceOurs), new(oncePeer)
	// of makes a bar's run of what a figure is on either side.
	of := func(figure func(exchanged) float64, unit string, more func(exchanged) []string) func(context.Context, *bench) (finding, error) {
		return func(ctx context.Context, on *bench) (f finding, err error) {
			x, _, err := ours.get(ctx, on)
			if err != nil {
				return f, err
			}
			p, err := peer.get(ctx, on)
			if err != nil {
				return f, err
			}
			f.Value = figure(x)
			if more != nil {
				f.Notes = more(x)
			}
			f.Notes = append(f.Notes, "PouchDB "+measure(figure(p), unit))
			return f, nil
		}
	}
	ends := func(s func(exchanged) step) func(exchanged) []string {
		return func(x exchanged) []string {
			return []string{fmt.Sprintf("central %s s, device %s s", measure(s(x).Server.Seconds(), ""), measure(s(x).Client.Seconds(), ""))}
		}
	}
	pull := func(x exchanged) step { return x.Pull }
	push := func(x exchanged) step { return x.Push }
	return []bar{
		{ID: "S1", What: "100,000 bookings to a new device, rows each second", Mark: atLeast(15_000, "rows/s"), run: of(func(x exchanged) float64 { return x.Pull.rate(rowsDown) }, "rows/s", nil)},
		{ID: "S2", What: "what each of them takes on the wire", Mark: atMost(90, "bytes"), run: of(func(x exchanged) float64 { return x.Pull.each(rowsDown) }, "bytes", nil)},
		{ID: "S3", What: "CPU of both ends for them", Mark: atMost(6, "s"), run: of(func(x exchanged) float64 { return x.Pull.cpu() }, "s", ends(pull))},
		{ID: "S4", What: "10,000 events of a device to central, events each second", Mark: atLeast(10_000, "events/s"), run: of(func(x exchanged) float64 { return x.Push.rate(eventsUp) }, "events/s", ends(push))},
		{ID: "S5", What: "what each of them takes on the wire, answers included", Mark: atMost(40, "bytes"), run: of(func(x exchanged) float64 { return x.Push.each(eventsUp) }, "bytes", nil)},
		{ID: "S6", What: "a pull when nothing is new, question and answer sealed", Mark: atMost(299, "bytes"), run: func(ctx context.Context, on *bench) (finding, error) {
			x, _, err := ours.get(ctx, on)
			if err != nil {
				return finding{}, err
			}
			p, err := peer.get(ctx, on)
			heads := measure(float64(x.Idle.Bytes), "bytes")
			return finding{Value: float64(x.Sealed), Notes: []string{"with HTTP's heads " + heads, "PouchDB with its own " + measure(float64(p.Idle.Bytes), "bytes")}}, err
		}},
		{ID: "S7", What: "rows that a device's own events bring back to it", Mark: atMost(0, "rows"), run: of(func(x exchanged) float64 { return float64(x.Echo) }, "rows", nil)},
		{ID: "S8", What: "errors when 540 sites' 1,620 devices come back at once", Mark: atMost(0, ""), run: func(ctx context.Context, on *bench) (finding, error) {
			_, h, err := ours.get(ctx, on)
			return finding{Value: float64(h.Errors), Notes: []string{
				fmt.Sprintf("all %d back after %s", h.Devices, measure(h.Took.Seconds(), "s")),
				fmt.Sprintf("%s handshakes/s", measure(float64(h.Handshakes)/h.Took.Seconds(), "")),
				fmt.Sprintf("%d told to come back later", h.Waits),
			}}, err
		}},
	}
}

// onceOurs measures ours when it is first asked for.
type onceOurs struct {
	once sync.Once
	x    exchanged
	h    herd
	err  error
}

func (o *onceOurs) get(ctx context.Context, on *bench) (exchanged, herd, error) {
	o.once.Do(func() { o.x, o.h, o.err = on.ours(ctx) })
	return o.x, o.h, o.err
}

// oncePeer measures the peer when it is first asked for.
type oncePeer struct {
	once sync.Once
	x    exchanged
	err  error
}

func (o *oncePeer) get(ctx context.Context, on *bench) (exchanged, error) {
	o.once.Do(func() { o.x, o.err = on.pouch(ctx) })
	return o.x, o.err
}
