package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"ezhitong.tw/syncproto"
)

// question is a message of which somebody waits for the answer.
type question struct {
	ctx     context.Context
	message syncproto.Message
	sent    atomic.Bool
	heard   chan heard
}

type heard struct {
	answer syncproto.Message
	err    error
}

// Ask sends central a message for somebody who waits, and gives the answer; a
// syncproto.Problem in its place is the error. Nothing of it is kept on the disk. It is
// sent until it is answered or ctx ends, so central has to take it twice as once. sent
// tells, after an error, whether central may have done all the same what was asked. The
// agent has to run.
func (a *Agent) Ask(ctx context.Context, m syncproto.Message) (answer syncproto.Message, sent bool, err error) {
	q := &question{ctx: ctx, message: m, heard: make(chan heard, 1)}
	select {
	case a.asks <- q:
	case <-ctx.Done():
		return nil, false, fmt.Errorf("ask central: %w", ctx.Err())
	}
	select {
	case h := <-q.heard:
		return h.answer, q.sent.Load(), h.err
	case <-ctx.Done():
		return nil, q.sent.Load(), fmt.Errorf("ask central: %w", ctx.Err())
	}
}

// serve asks what people wait for, as long as there is a session, and tells whether
// somebody still waits.
func (a *Agent) serve(ctx context.Context) bool {
	for more := true; more; {
		select {
		case q := <-a.asks:
			a.waiting = append(a.waiting, q)
		default:
			more = false
		}
	}
	a.waiting = slices.DeleteFunc(a.waiting, func(q *question) bool { return q.ctx.Err() != nil || a.session != nil && a.put(ctx, q) })
	return len(a.waiting) > 0
}

// put asks one question. It is false where the line broke: then it is asked again in
// the next session.
func (a *Agent) put(ctx context.Context, q *question) bool {
	if a.session.version < q.message.Needs() {
		q.heard <- heard{err: syncproto.Problem{Code: syncproto.ProblemVersion}}
		return true
	}
	asking, cancel := context.WithCancel(q.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	before := q.sent.Swap(true) // in a session whose line broke: what became of it is not known
	plain, err := a.talk(asking, a.session, q.message)
	var answer syncproto.Message
	if err == nil {
		answer, err = syncproto.Decode(plain)
	}
	if said, ok := answer.(syncproto.Problem); ok {
		answer, err = nil, said
	}
	var problem syncproto.Problem
	switch {
	case errors.As(err, &problem):
		q.sent.Store(before)
		if problem.Code == syncproto.ProblemUnknownSession {
			a.session = nil
			return false
		}
	case err != nil:
		a.session = nil
		return false
	}
	q.heard <- heard{answer, err}
	return true
}
