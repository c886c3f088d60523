package station

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/syncproto"
)

// CheckState says how a part of the device stands.
type CheckState int

// The states of a check.
const (
	CheckOK   CheckState = iota
	CheckNone            // this place has none
	CheckWarn            // look here soon
	CheckBad             // a person must act
)

// Check is one line of the self-check. Its name is under "check." and Code in every
// language, and what to do under that and Say.
type Check struct {
	Code  string // E01
	State CheckState
	Say   string   // "ok", "none", or the word of what is wrong
	Args  []string // in pairs
}

// The limits of the self-check.
const (
	clockOff   = 2 * time.Minute
	diskLow    = 500 << 20 // bytes
	grantShort = 14        // days
	unheard    = 15 * time.Minute
	unsentLong = 24 * time.Hour
)

// Checks lists the codes of the self-check in their order; docs/self-check.md says
// the same.
var Checks = []string{"E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09", "E10", "E11"}

// SelfCheck looks at everything that the device needs.
func (s *Station) SelfCheck(ctx context.Context) []Check {
	looks := []func(context.Context) (Check, error){
		s.checkReader, s.checkPrinter, s.checkScanner, s.checkClock, s.checkDisk, s.checkKey, s.checkGrant, s.checkCentral, s.checkList,
		s.checkStaff, s.checkUnsent,
	}
	out := make([]Check, len(looks))
	for i, look := range looks {
		c, err := look(ctx)
		if err != nil {
			s.opt.Log.Warn("self-check", "code", Checks[i], "err", err)
			c = Check{State: CheckBad, Say: "failed"}
		}
		c.Code = Checks[i]
		out[i] = c
	}
	return out
}

func good(args ...string) (Check, error) { return Check{Say: "ok", Args: args}, nil }

func none() (Check, error) { return Check{State: CheckNone, Say: "none"}, nil }

func wrong(state CheckState, say string, args ...string) (Check, error) {
	return Check{State: state, Say: say, Args: args}, nil
}

func (s *Station) checkReader(context.Context) (Check, error) {
	switch s.readerState() {
	case syncproto.ReaderNone:
		return none()
	case syncproto.ReaderReady:
		return good()
	}
	return wrong(CheckBad, "silent")
}

func (s *Station) checkPrinter(ctx context.Context) (Check, error) {
	port := s.Gear().Printer
	if port == "" {
		return none()
	}
	p, err := s.Printer(escpos.Config{Port: port, Baud: s.opt.Printer.Baud})
	if err != nil {
		return Check{}, err
	}
	status, err := p.status(ctx)
	switch {
	case err != nil:
		return wrong(CheckBad, "silent")
	case status.Err() != nil:
		return wrong(CheckBad, "stopped")
	case status.PaperLow:
		return wrong(CheckWarn, "paper_low")
	}
	return good()
}

func (s *Station) checkScanner(context.Context) (Check, error) {
	switch {
	case s.Gear().Scanner == "":
		return none()
	case s.scannerLost.Load():
		return wrong(CheckBad, "silent")
	}
	return good()
}

func (s *Station) checkClock(context.Context) (Check, error) {
	off := s.Replica.Wall().Sub(s.Replica.Now()).Abs()
	if off >= clockOff {
		return wrong(CheckBad, "off", "minutes", strconv.Itoa(int(off.Round(time.Minute).Minutes())))
	}
	return good()
}

func (s *Station) checkDisk(context.Context) (Check, error) {
	free := freeDisk(s.opt.Data)
	size := fmt.Sprintf("%.1f", float64(free)/(1<<30))
	if free < diskLow {
		return wrong(CheckBad, "low", "free", size)
	}
	return good("free", size)
}

func (s *Station) checkKey(context.Context) (Check, error) {
	if s.opt.Keys.Place == InFile {
		return wrong(CheckWarn, "plain")
	}
	return good()
}

func (s *Station) checkGrant(ctx context.Context) (Check, error) {
	id, err := s.Replica.Identity(ctx)
	if err != nil {
		return Check{}, err
	}
	days := int(time.Unix(id.Grant.Expires, 0).Sub(s.Replica.Now()).Hours() / 24)
	locked, err := s.Replica.Locked(ctx)
	switch {
	case err != nil:
		return Check{}, err
	case locked:
		return wrong(CheckBad, "ended")
	case days < grantShort:
		return wrong(CheckWarn, "short", "days", strconv.Itoa(days))
	}
	return good("days", strconv.Itoa(days))
}

func (s *Station) checkCentral(ctx context.Context) (Check, error) {
	heard, err := s.Replica.LastContact(ctx)
	switch {
	case err != nil:
		return Check{}, err
	case heard.IsZero():
		return wrong(CheckBad, "never")
	case s.Replica.Now().Sub(heard) > unheard:
		return wrong(CheckWarn, "away", "at", moment(heard))
	}
	return good("at", moment(heard))
}

func (s *Station) checkList(ctx context.Context) (Check, error) {
	p, err := s.Replica.Position(ctx)
	if err != nil {
		return Check{}, err
	}
	if p.Whole == 0 {
		return wrong(CheckBad, "part")
	}
	return good()
}

func (s *Station) checkStaff(ctx context.Context) (Check, error) {
	if id, err := s.Replica.Identity(ctx); err != nil || id.Grant.Role == syncproto.RoleKiosk {
		return Check{State: CheckNone, Say: "none"}, err
	}
	all, err := s.Replica.Staff(ctx)
	if err != nil {
		return Check{}, err
	}
	if len(all) == 0 {
		return wrong(CheckWarn, "nobody")
	}
	return good("people", strconv.Itoa(len(all)))
}

func (s *Station) checkUnsent(ctx context.Context) (Check, error) {
	out, err := s.Replica.Outbox(ctx, 1)
	if err != nil {
		return Check{}, err
	}
	waiting := strconv.FormatUint(out.Max-min(out.Max, out.Acked), 10)
	if out.Oldest != 0 && s.Replica.Now().Sub(time.UnixMilli(out.Oldest)) > unsentLong {
		return wrong(CheckWarn, "old", "count", waiting)
	}
	return good("count", waiting)
}

// moment writes a day and a time for people.
func moment(t time.Time) string {
	d := clinic.DateOf(t)
	return fmt.Sprintf("%d/%d %s", int(d.Month), d.Day, clinic.TimeOfDayOf(t))
}
