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
	Place clinic.Site
	Slot  clinic.Slot // that a walk-in asked for; zero when there is none
	Kind  string
	Why   string
	Next  string
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
	p.Full = len(list) == mostInReview
	for _, r := range list {
		if r.Parked {
			p.Counts[0]++
		} else {
			p.Counts[1]++
		}
		if r.Parked == p.Parked {
			p.Rows = append(p.Rows, s.reviewRow(p.page, r))
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b reviewRow) int { // what can be decided here comes first
		if a.Admissible() == b.Admissible() {
			return 0
		} else if a.Admissible() {
			return -1
		}
		return 1
	})
	return s.pages.Render(c, http.StatusOK, "review", p)
}

func (s *Staff) reviewRow(p page, r booking.InReview) reviewRow {
	row := reviewRow{InReview: r, Kind: p.T("staff.event." + strconv.Itoa(int(min(r.Event.Kind, clinic.WalkInRegistered+1))))}
	code := strings.ToLower(r.Code)
	row.Why, row.Next = p.T("staff.review."+code), p.T("staff.review."+code+".next")
	row.Place, _ = s.cfg.Offer.Catalogue().Site(r.Site)
	for _, slot := range s.cfg.Offer.Slots(r.Site, "") {
		if slot.ID == r.Slot {
			row.Slot = slot
		}
	}
	return row
}

// At writes when central got an event.
func (r reviewRow) At() time.Time { return time.UnixMilli(r.Arrived) }

// Address gives the page for the same site.
func (p *reviewPage) Address(show string) string {
	return query("/staff/review", "site", p.Site.Code, "show", show)
}

// admit lets a walk-in in that waits because the slot is over its bound.
func (s *Staff) admit(c *gin.Context, who account.Account) error {
	device, err := clinic.ParseID(c.Param("device"))
	epoch, err2 := strconv.ParseUint(c.Param("epoch"), 10, 32)
	seq, err3 := strconv.ParseUint(c.Param("seq"), 10, 63)
	if err != nil || err2 != nil || err3 != nil {
		return web.ErrNotFound
	}
	b, err := s.cfg.Desk.AdmitWalkIn(c.Request.Context(), who.Actor(), clinic.EventRef{Device: device, Epoch: uint32(epoch), Seq: seq})
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.review")
	return s.done(c, "/staff/review", p.T("staff.review.admitted", "name", b.Person.Name.String()))
}
