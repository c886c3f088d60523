package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"time"

	"ezhitong.tw/syncproto"
)

// The ways in which a message does not get through.
var (
	errTimeout = errors.New("no answer came")
	errRefused = errors.New("nobody listens")
)

// timeout is how long a device waits for an answer, as in package agent.
const timeout = 15 * time.Second

// line is the network between one device and central.
type line struct {
	noUp, noDown int // cuts at work, of requests and of answers
	seen         []letter
}

// letter is a request as somebody on the line saw it.
type letter struct {
	path, session string
	body          []byte
}

func (l letter) request() (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, "http://central"+l.path, bytes.NewReader(l.body))
	if err == nil {
		r.Header.Set(syncproto.HeaderSession, l.session)
	}
	return r, err
}

// RoundTrip carries a request of the device to central and the answer back,
// unless something happens to it. Others act while it is on its way.
func (d *device) RoundTrip(r *http.Request) (*http.Response, error) {
	w := d.w
	w.tally.messages++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	sent := letter{r.URL.Path, r.Header.Get(syncproto.HeaderSession), body}
	d.line.seen = append(d.line.seen, sent)
	w.until(w.now.Add(w.between(time.Millisecond, 40*time.Millisecond)))
	switch {
	case d.dead:
		return nil, errDied
	case d.line.noUp > 0 || w.strikes(dropRequest):
		return d.noAnswer()
	case w.strikes(late):
		w.after(w.between(time.Second, 10*time.Minute), func() { d.arrives(sent) }) //nolint:bodyclose // it is in memory
		return d.noAnswer()
	}
	answer := d.arrives(sent)
	if answer != nil && w.strikes(duplicate) {
		d.arrives(sent)
	}
	if w.strikes(replay) {
		d.arrives(d.line.seen[w.rng.IntN(len(d.line.seen))])
	}
	w.until(w.now.Add(w.between(time.Millisecond, 40*time.Millisecond)))
	switch {
	case d.dead:
		return nil, errDied
	case answer == nil:
		return nil, errRefused
	case d.line.noDown > 0 || w.strikes(dropAnswer):
		return d.noAnswer()
	}
	answer.Request = r
	return answer, nil
}

// noAnswer lets the time pass in which the device waits.
func (d *device) noAnswer() (*http.Response, error) {
	d.w.until(d.w.now.Add(timeout))
	if d.dead {
		return nil, errDied
	}
	return nil, errTimeout
}

// arrives has central answer a message, which may be late, sent twice or sent again
// by somebody who saw it. What was answered once is never answered again.
func (d *device) arrives(l letter) *http.Response {
	w := d.w
	w.tally.checks++
	if leaks(l.body) {
		w.fail("%s: a person can be read on the line to central", d.name)
	}
	r, err := l.request()
	if err != nil {
		w.must("carry a message", err)
		return nil
	}
	answer := w.central.serve(r)
	if answer == nil {
		return nil
	}
	body := readAll(answer)
	if leaks(body) {
		w.fail("%s: a person can be read on the line from central", d.name)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if l.path == syncproto.PathExchange && answer.StatusCode == http.StatusOK {
		mark := sha256.Sum256(l.body)
		if w.answered[mark] {
			w.fail("%s: central answered one sealed message twice", d.name)
		}
		w.answered[mark] = true
	}
	return answer
}

// cut breaks one or both directions of the line for a while.
func (d *device) cut(f fault, up, down bool) {
	d.w.tally.faults[f]++
	d.w.say(d.name, "cable out: requests %t, answers %t", up, down)
	change := func(by int) {
		if up {
			d.line.noUp += by
		}
		if down {
			d.line.noDown += by
		}
	}
	change(1)
	d.w.after(d.w.between(5*time.Second, 3*time.Minute), func() {
		if d.line.noUp+d.line.noDown > 0 { // else it was mended
			change(-1)
		}
	})
}

// readAll reads the body of an answer, which is in memory.
func readAll(answer *http.Response) []byte {
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil // it does not open
	}
	return b
}
