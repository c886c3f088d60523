package desk

import (
	"context"
	"log/slog"
	"time"

	"ezhitong.tw/kiosk/ui"
)

// PageConfig is how a page looks, where it learns the time, and how it works.
type PageConfig struct {
	Look       ui.Look
	Now        func() time.Time // the time that people see
	Log        *slog.Logger
	Background ui.Background
}

// Work is what a page has done beside the drawing goroutine by C, its part of reception.
// What an errand gives back is done on the drawing goroutine, which all of Work's methods
// belong to.
type Work[C any] struct {
	page    string
	cfg     PageConfig
	begun   bool
	ctx     context.Context
	counter C
	reading bool
	again   func(context.Context, C) func() // what to read after that; nil for nothing
}

// NewWork makes the work of the page of a name. It does nothing before Begin.
func NewWork[C any](page string, cfg PageConfig) *Work[C] {
	return &Work[C]{page: page, cfg: cfg}
}

// Begin gives the work who does it, until ctx ends.
func (w *Work[C]) Begin(ctx context.Context, counter C) {
	w.begun, w.ctx, w.counter = true, ctx, counter
}

// Begun tells whether anything can be done.
func (w *Work[C]) Begun() bool { return w.begun }

// Do carries out an errand.
func (w *Work[C]) Do(errand func(context.Context, C) (then func())) {
	if !w.begun {
		return
	}
	ctx, counter := w.ctx, w.counter
	w.cfg.Background.Run(func() func() { return errand(ctx, counter) })
}

// Read carries out an errand that reads what the page shows. One is under way at a time;
// what was to be read meanwhile is read once after it.
func (w *Work[C]) Read(errand func(context.Context, C) (then func())) {
	if w.reading {
		w.again = errand
		return
	}
	w.reading = w.begun
	w.Do(func(ctx context.Context, counter C) func() {
		then := errand(ctx, counter)
		return func() {
			then()
			w.reading = false
			if next := w.again; next != nil {
				w.again = nil
				w.Read(next)
			}
		}
	})
}

// Failed notes why something was not done; no error is nothing to note.
func (w *Work[C]) Failed(what string, err error) {
	if err != nil {
		w.cfg.Log.Warn("not done", "screen", w.page, "what", what, "why", err)
	}
}
