package staff

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

type reviewPage struct {
	page
	Site   clinic.Site // whose events are shown; without a code all
	Parked bool
	Counts [2]int // parked, flagged
	Full   bool   // there are more
	Rows   []reviewRow
}

// reviewRow is an event with what became of it and what to do about it.
type reviewRow struct {
	booking.InReview
	Place  clinic.Site
	Slot   clinic.Slot // that a walk-in asked for; zero when there is none
	Device string      // that it comes from, for one that is quarantined
	Kind   string
	Why    string
	Next   string
	Detail string // what a quarantined event says, beside its kind
	Said   string // what the clinic decided on it, in words; empty for nothing
}

// mostInReview is how many events the page goes through.
const mostInReview = 500

// review lists what devices sent that people should look at.
func (s *Staff) review(c *gin.Context, who account.Account) error {
	p := &reviewPage{page: s.newPage(c, who, "staff.nav.review"), Parked: c.Query("show") != "flagged"}
	scope := who.Jurisdiction()
	if code := c.Query("site"); code != "" {
		var ok bool
		if p.Site, ok = s.site(who, code); !ok {
			return web.ErrNotFound
		}
		scope = booking.Scope{Site: code}
	}
	list, err := s.cfg.Bookings.Review(c.Request.Context(), scope, mostInReview)
	if err != nil {
		return err
	}
	names, err := s.deviceNames(c)
	if err != nil {
		return err
	}
	p.Full = len(list) == mostInReview
	for _, r := range list {
		if r.Parked {
			p.Counts[0]++
		} else {
			p.Counts[1]++
		}
		if r.Parked == p.Parked {
			p.Rows = append(p.Rows, s.reviewRow(p.page, r, names[r.Event.Ref.Device]))
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b reviewRow) int { // what can be decided here comes first
		switch {
		case a.Settled() == b.Settled():
			return 0
		case b.Settled():
			return -1
		}
		return 1
	})
	return s.pages.Render(c, http.StatusOK, "review", p)
}

// deviceNames gives every device's letter and label.
func (s *Staff) deviceNames(c *gin.Context) (map[clinic.ID]string, error) {
	devices, err := s.cfg.Fleet.Devices(c.Request.Context())
	names := make(map[clinic.ID]string, len(devices))
	for _, d := range devices {
		names[d.ID] = d.Letter + " " + d.Label
	}
	return names, err
}

func (s *Staff) reviewRow(p page, r booking.InReview, device string) reviewRow {
	row := reviewRow{InReview: r, Kind: p.T("staff.event." + strconv.Itoa(int(min(r.Event.Kind, clinic.LastKind+1))))}
	if r.Quarantined() {
		row.Device, row.Detail = device, s.whatItSays(p, r.Event)
	}
	if r.Decided.Decision != "" {
		row.Said = p.T("staff.review.decided." + r.Decided.Decision)
	}
	code := strings.ToLower(r.Code)
	row.Why, row.Next = p.T("staff.review."+code), p.T("staff.review."+code+".next")
	row.Place, _ = s.cfg.Offer.Catalogue().Site(r.Site)
	if slot, ok := s.cfg.Offer.Slot(r.Slot); ok && slot.Site == r.Site {
		row.Slot = slot
	}
	return row
}

// whatItSays writes who recorded an event, and what it says beside its kind.
func (s *Staff) whatItSays(p page, e clinic.Event) string {
	parts := []string{e.Staff, e.Lot}
	if told, err := clinic.ParseInjection(e.Reason); e.Kind == clinic.VaccineGiven && err == nil {
		if told.Vaccine != "" {
			parts = append(parts, s.vaccineName(p, told.Vaccine))
		}
		if told.Limb != "" {
			parts = append(parts, p.T("limb."+told.Limb))
		}
	} else if answer, err := clinic.ParseAnswer(e.Reason); e.Kind == clinic.DoubtAnswered && err == nil {
		parts = append(parts, p.T("staff.review.decided."+answer.Decision), answer.Note)
	} else if m, err := clinic.ParseStockMove(e.Reason); e.Kind == clinic.StockMoved && err == nil {
		parts = append(parts, s.moveWords(p, m))
	} else {
		parts = append(parts, e.Reason)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), p.T("staff.comma"))
}

// At writes when central got an event.
func (r reviewRow) At() time.Time { return time.UnixMilli(r.Arrived) }

// Address gives the page for the same site.
func (p *reviewPage) Address(show string) string {
	return query("/staff/review", "site", p.Site.Code, "show", show)
}

// Settled reports whether nobody has to decide on it here.
func (r reviewRow) Settled() bool { return !r.Admissible() && !r.Quarantined() }

// Reasons are those for which an event can be left out.
func (*reviewPage) Reasons() []string { return booking.DismissReasons }

// eventOf reads the event that a request is about.
func eventOf(c *gin.Context) (clinic.EventRef, error) {
	device, err := clinic.ParseID(c.Param("device"))
	epoch, err2 := strconv.ParseUint(c.Param("epoch"), 10, 32)
	seq, err3 := strconv.ParseUint(c.Param("seq"), 10, 63)
	if err != nil || err2 != nil || err3 != nil {
		return clinic.EventRef{}, web.ErrNotFound
	}
	return clinic.EventRef{Device: device, Epoch: uint32(epoch), Seq: seq}, nil
}

// admit lets a walk-in in that waits because the slot is over its bound.
func (s *Staff) admit(c *gin.Context, who account.Account) error {
	ref, err := eventOf(c)
	if err != nil {
		return err
	}
	b, err := s.cfg.Desk.AdmitWalkIn(c.Request.Context(), who.Actor(), ref)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.review")
	return s.done(c, "/staff/review", p.T("staff.review.admitted", "name", b.Person.Name.String()))
}

// count lets an event have its effect that a revoked device sent.
func (s *Staff) count(c *gin.Context, who account.Account) error {
	ref, err := eventOf(c)
	if err != nil {
		return err
	}
	v, err := s.cfg.Desk.AdmitEvent(c.Request.Context(), who.Actor(), ref)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.review")
	why := p.T("staff.review." + strings.ToLower(v.Code))
	switch {
	case v.Outcome == syncproto.Rejected: // a command, for which it is too late
		return s.done(c, "/staff/review", p.T("staff.review.counted.rejected"))
	case v.Outcome == syncproto.Parked:
		return s.done(c, "/staff/review", p.T("staff.review.counted.parked", "why", why))
	case v.Code != "":
		return s.done(c, "/staff/review", p.T("staff.review.counted.flagged", "why", why))
	}
	return s.done(c, "/staff/review", p.T("staff.review.counted"))
}

// dismiss leaves an event out that a revoked device sent.
func (s *Staff) dismiss(c *gin.Context, who account.Account) error {
	ref, err := eventOf(c)
	if err != nil {
		return err
	}
	if err := web.Form(c); err != nil {
		return err
	}
	reason := c.PostForm("reason")
	if !slices.Contains(booking.DismissReasons, reason) {
		return web.ErrMalformed
	}
	if err := s.cfg.Desk.DismissEvent(c.Request.Context(), who.Actor(), ref, reason); err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.review")
	return s.done(c, "/staff/review", p.T("staff.review.dismissed"))
}
