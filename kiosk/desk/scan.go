package desk

import (
	"time"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/syncproto"
)

// scanned takes what a scanner read; a misread is noted without what was read.
func (s *Screen) scanned(ev scanner.Event, at time.Time) {
	s.stir()
	s.since = at
	if ev.Err != nil {
		s.cfg.Log.Warn("not done", "screen", "desk", "what", "scan", "why", ev.Err)
	}
	if s.front != 0 && (ev.Kind == scanner.Scanned || ev.Kind == scanner.Misread) {
		s.turn(0)
	}
	s.do(s.m.Scanned(ev))
	s.render()
}

// ticket takes a booking's QR code whose beginning, or all of it, stands in the search
// field: the window was too busy to hear that a scanner typed it. rest is what was heard.
func (s *Screen) ticket(rest string) bool {
	before, ticket, found := syncproto.CutTicket(s.v.field.Text + rest)
	if s.front != 0 || !found || before == s.v.field.Text { // the field has nothing of it
		return false
	}
	s.v.field.SetText(before)
	s.scanned(scanner.Event{Kind: scanner.Scanned, Code: scanner.CodeOf(ticket)}, s.cfg.Now())
	return true
}
