package main

import (
	"strconv"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stocks has a desk write some lines of the site's vaccine.
func (d *device) stocks() {
	for range 2 {
		d.writes()
	}
}

// writes is one line.
func (d *device) writes() {
	w := d.w
	if !d.on() {
		return
	}
	lot, n := "LOT"+strconv.Itoa(w.rng.IntN(2)), w.rng.IntN(10)
	d.tell("stock of "+lot, clinic.Booking{}, func() error {
		switch {
		case n < 3:
			return d.counter.Receive(w.ctx, lot, vaccine, d.replica.Today().AddDays(90), 1+n, 10)
		case n < 6:
			return d.counter.OpenVial(w.ctx, lot)
		case n < 8:
			return d.counter.Waste(w.ctx, lot, 1, "掉到地上")
		}
		lots, err := d.counter.Stock(w.ctx)
		for _, s := range lots {
			for _, line := range s.Lines {
				if line.Back.At.IsZero() {
					return d.counter.TakeBackLine(w.ctx, line.ID, "打錯")
				}
			}
		}
		return err
	})
}

// stock makes sure that a desk has the site's book as central has it: each line that
// central counts, and unless a restored central has lost some, no other.
func (d *device) stock() {
	w := d.w
	if d.role != "desk" || d.version != 0 && d.version < (syncproto.AskStock{}).Needs() {
		return
	}
	here, err := d.replica.Stock(w.ctx)
	w.must("read the stock of "+d.name, err)
	there, err := w.central.engine.StockOf(w.ctx, d.site)
	w.must("read the stock of a site", err)
	lots := make(map[string]clinic.StockLot)
	for _, s := range here {
		lots[s.Number] = s
	}
	for _, s := range there {
		w.tally.checks++
		own := lots[s.Number]
		lines := make(map[clinic.ID]clinic.StockLine)
		for _, l := range own.Lines {
			lines[l.ID] = l
		}
		for _, l := range s.Lines {
			w.tally.checks++
			if got, ok := lines[l.ID]; !ok || got.StockMove != l.StockMove || got.Back.At.IsZero() && !l.Back.At.IsZero() {
				w.fail("%s: line %s of %s is %s, at central %s", d.name, short(l.ID), s.Number, got, l)
			}
		}
		if w.tally.faults[restore] > 0 {
			continue
		}
		if own.Received != s.Received || own.Opened != s.Opened || own.Wasted != s.Wasted || len(own.Lines) != len(s.Lines) {
			w.fail("%s: of %s it has %d vials, %d open, %d wasted in %d lines, central %d, %d, %d in %d",
				d.name, s.Number, own.Received, own.Opened, own.Wasted, len(own.Lines), s.Received, s.Opened, s.Wasted, len(s.Lines))
		}
	}
}
