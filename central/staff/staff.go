// Package staff is door 2: the pages for health centres, the bureau, clinics and administrators, under /staff. It shows
// and changes nothing outside the jurisdiction of whoever is logged in; what may be changed is judged behind it, in
// central/booking, central/fleet and central/account.
package staff

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

//go:embed templates/*.html static
var files embed.FS

// Offer is what the city has, read from memory. *booking.Engine is one.
type Offer interface {
	Catalogue() *booking.Catalogue
	Slots(site, vaccine string) []clinic.Slot
	Slot(id clinic.ID) (clinic.Slot, bool)
}

// Bookings reads bookings within a jurisdiction and writes down who did. *booking.Engine is one.
type Bookings interface {
	List(ctx context.Context, f booking.Filter) (booking.Page, error)
	Export(ctx context.Context, f booking.Filter) iter.Seq2[booking.Row, error]
	View(ctx context.Context, actor booking.Actor, id clinic.ID) (clinic.Booking, error)
	Review(ctx context.Context, scope booking.Scope, limit int) ([]booking.InReview, error)
	OpenSessions(ctx context.Context, scope booking.Scope) ([]booking.OpenSession, error)
}

// Desk decides for people who call, and for clinics. *booking.Engine is one.
type Desk interface {
	CancelFor(ctx context.Context, actor booking.Actor, id clinic.ID) (clinic.Booking, error)
	MoveFor(ctx context.Context, actor booking.Actor, id, slot clinic.ID) (clinic.Booking, error)
	AdmitWalkIn(ctx context.Context, actor booking.Actor, ref clinic.EventRef) (clinic.Booking, error)
	AdmitEvent(ctx context.Context, actor booking.Actor, ref clinic.EventRef) (syncproto.Verdict, error)
	DismissEvent(ctx context.Context, actor booking.Actor, ref clinic.EventRef, reason string) error
	Leases(ctx context.Context, device clinic.ID) ([]booking.Lease, error)
	ForceLease(ctx context.Context, actor booking.Actor, id clinic.ID) error
	CloseDay(ctx context.Context, actor booking.Actor, site string, day clinic.Date) (marked int, err error)
}

// Numbers knows which numbers are one person's. *booking.Engine is one.
type Numbers interface {
	JoinNumbers(ctx context.Context, actor booking.Actor, n booking.Numbers) (bookings int, err error)
	SplitNumbers(ctx context.Context, actor booking.Actor, n booking.Numbers) error
}

// Counts is the figures of the reports and of the stock. *booking.Engine is one.
type Counts interface {
	CountsBySite(ctx context.Context, f booking.Filter) ([]booking.Count, error)
	CountsByDistrict(ctx context.Context, f booking.Filter) ([]booking.Count, error)
	CountsByAge(ctx context.Context, f booking.Filter) ([]booking.AgeCount, error)
	CountsByMonth(ctx context.Context, f booking.Filter) ([]booking.TimeCount, error)
	SitesWithStock(ctx context.Context, scope booking.Scope, lot string) ([]clinic.Site, error)
	StockOf(ctx context.Context, site string) ([]clinic.StockLot, error)
}

// Editor changes what the city offers. *booking.Engine is one.
type Editor interface {
	Preview(actor booking.Actor, rows []booking.CapacityRow) booking.CapacityReport
	ImportCapacity(ctx context.Context, actor booking.Actor, rows []booking.CapacityRow) (booking.CapacityReport, error)
	SavePeriod(ctx context.Context, actor booking.Actor, p clinic.Period) error
	SaveSite(ctx context.Context, actor booking.Actor, s clinic.Site) error
	Recalls(ctx context.Context, scope booking.Scope) ([]booking.Recall, error)
	RecallLot(ctx context.Context, actor booking.Actor, vaccine, lot string) error
}

// Trail is the audit trail. *booking.Engine is one.
type Trail interface {
	Audit(ctx context.Context, n booking.Note) error
	AuditPage(ctx context.Context, before int64, actor, action string, limit int) ([]booking.AuditEntry, error)
	VerifyAudit(ctx context.Context) (int64, error)
}

// Fleet is the devices. *fleet.Fleet is one.
type Fleet interface {
	Devices(ctx context.Context) ([]fleet.Device, error)
	NewCode(ctx context.Context, actor, site string, role syncproto.Role, label string) (code string, expires time.Time, err error)
	Asking(ctx context.Context) ([]fleet.Asking, error)
	Approve(ctx context.Context, actor string, device clinic.ID) error
	TurnAway(ctx context.Context, actor string, device clinic.ID) error
	Revoke(ctx context.Context, actor string, device clinic.ID) error
	ResetCode(ctx context.Context, actor string, device clinic.ID, challenge string) (code string, err error)
	LAN(ctx context.Context, site string) (bool, error)
	SetLAN(ctx context.Context, actor, site string, on bool) error
}

// Accounts lets people in. *account.Service is one.
type Accounts interface {
	Login(ctx context.Context, name, password string) (account.Account, error)
	Find(ctx context.Context, name string) (account.Account, bool, error)
	ChangePassword(ctx context.Context, name, present, next string) (account.Account, error)
	LoginSecond(ctx context.Context, name string, stamp int64, code string) (account.Account, error)
	SecondStep(ctx context.Context, name string) (since time.Time, left int, err error)
	BeginSecondStep(ctx context.Context, name string) (address string, err error)
	ConfirmSecondStep(ctx context.Context, name, code string) (recovery []string, err error)
	EndSecondStep(ctx context.Context, name, code string) error
}

// Manager changes accounts. *account.Service is one.
type Manager interface {
	List(ctx context.Context) ([]account.Account, error)
	Add(ctx context.Context, actor string, n account.NewAccount) (password string, err error)
	Enable(ctx context.Context, actor, name string, on bool) error
	Renew(ctx context.Context, actor, name string) error
	Reset(ctx context.Context, actor, name string) (password string, err error)
}

// Config is what the door needs from outside. All but LoginsPerMinute is needed. New adds staff.css and staff.js to
// Static.
type Config struct {
	Offer    Offer
	Bookings Bookings
	Desk     Desk
	Numbers  Numbers
	Counts   Counts
	Editor   Editor
	Trail    Trail
	Fleet    Fleet
	Accounts Accounts
	Manager  Manager

	Now      func() time.Time
	Static   *web.Static
	Sessions *web.Sessions // of this door only: cookie path /staff, an idle time
	TmpDir   string        // a private folder: workbooks with personal data pass through it

	LoginsPerMinute int // tried from one address; 0 means 20, negative no limit
}

// MaxUpload is the size in bytes of a capacity file; the engine's MaxBodyAt for "/staff/capacity" should be twice that,
// because the checked file comes back with the confirmation.
const MaxUpload = 2 << 20

// Staff serves members of staff.
type Staff struct {
	cfg   Config
	pages *web.Pages
}

// New makes the door.
func New(cfg Config) (*Staff, error) {
	if cfg.Offer == nil || cfg.Bookings == nil || cfg.Desk == nil || cfg.Numbers == nil || cfg.Counts == nil || cfg.Editor == nil || cfg.Trail == nil || cfg.Fleet == nil || cfg.Accounts == nil || cfg.Manager == nil {
		return nil, errors.New("staff: Offer, Bookings, Desk, Numbers, Counts, Editor, Trail, Fleet, Accounts and Manager are needed")
	}
	if cfg.Now == nil || cfg.Static == nil || cfg.Sessions == nil || cfg.TmpDir == "" {
		return nil, errors.New("staff: Now, Static, Sessions and TmpDir are needed")
	}
	for _, name := range []string{"staff.css", "staff.js"} {
		data, err := fs.ReadFile(files, "static/"+name)
		if err != nil {
			return nil, err
		}
		if err := cfg.Static.Add(name, data); err != nil {
			return nil, err
		}
	}
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(templates, "layout.html", cfg.Static)
	if err != nil {
		return nil, fmt.Errorf("staff pages: %w", err)
	}
	return &Staff{cfg: cfg, pages: pages}, nil
}

// Mount puts the pages under /staff.
func (s *Staff) Mount(r gin.IRouter) {
	tries := s.cfg.LoginsPerMinute
	if tries == 0 {
		tries = 20
	}
	g := r.Group("/staff", s.pages.Use(), web.UsePolicy(web.ScriptPolicy), s.cfg.Sessions.Load())
	g.GET("", func(c *gin.Context) { seeOther(c, "/staff/monitor") })
	g.GET("/login", web.Handle(s.loginForm))
	g.POST("/login", web.Limit(tries, time.Minute, web.Address), web.Handle(s.login))
	g.GET("/login/code", web.Handle(s.codeForm))
	g.POST("/login/code", web.Limit(tries, time.Minute, web.Address), web.Handle(s.code))
	g.POST("/logout", web.Handle(s.logout))
	for _, p := range s.routes() {
		g.Handle(p.method, p.path, s.guard(p.right, p.handle))
	}
}

// handler answers a request of somebody who is logged in and has the route's right.
type handler func(c *gin.Context, who account.Account) error

// shows is the handler that makes a page and shows it with the template of a name.
func shows[P web.PageData](s *Staff, name string, page func(c *gin.Context, who account.Account) (P, error)) handler {
	return func(c *gin.Context, who account.Account) error {
		p, err := page(c, who)
		if err != nil {
			return err
		}
		return s.pages.Render(c, http.StatusOK, name, p)
	}
}

type route struct {
	method, path string
	right        right
	handle       handler
}

func (s *Staff) routes() []route {
	return []route{
		{"GET", "/monitor", watch, s.monitor},
		{"GET", "/monitor.csv", watch, s.monitorCSV},
		{"GET", "/bookings", seeBookings, s.bookings},
		{"GET", "/bookings.csv", export, s.bookingsCSV},
		{"GET", "/bookings.xlsx", export, s.bookingsXLSX},
		{"GET", "/bookings/:id", seePerson, s.booking},
		{"POST", "/bookings/:id/cancel", seePerson, s.cancelBooking},
		{"GET", "/bookings/:id/move", seePerson, shows(s, "move", s.movePage)},
		{"POST", "/bookings/:id/move", seePerson, s.move},
		{"POST", "/close-day", closeDays, s.closeDay},
		{"GET", "/open", closeDays, s.open},
		{"GET", "/review", seeReview, s.review},
		{"POST", "/review/:device/:epoch/:seq/admit", decideEvents, s.admit},
		{"POST", "/review/:device/:epoch/:seq/count", decideEvents, s.count},
		{"POST", "/review/:device/:epoch/:seq/dismiss", decideEvents, s.dismiss},
		{"GET", "/numbers", joinNumbers, s.numbersForm},
		{"POST", "/numbers", joinNumbers, s.numbers},
		{"GET", "/capacity", importCapacity, s.capacity},
		{"GET", "/capacity/template.csv", importCapacity, s.capacityTemplate},
		{"POST", "/capacity/preview", importCapacity, s.capacityPreview},
		{"POST", "/capacity", importCapacity, s.capacityImport},
		{"GET", "/periods", seeOffer, s.periods},
		{"GET", "/periods/:id", editPeriods, s.periodForm},
		{"POST", "/periods/:id", editPeriods, s.savePeriod},
		{"GET", "/sites", seeOffer, s.sites},
		{"GET", "/sites/:code", editSites, s.siteForm},
		{"POST", "/sites/:code", editSites, s.saveSite},
		{"POST", "/sites/:code/lan", switchLAN, s.setLAN},
		{"GET", "/stock", seeStock, s.stock},
		{"GET", "/stock.csv", seeStock, s.stockCSV},
		{"GET", "/lots", seeLots, shows(s, "lots", s.lotsPage)},
		{"POST", "/lots", recallLots, s.recallLot},
		{"GET", "/reports", seeReports, shows(s, "reports", s.reportPage)},
		{"GET", "/reports.csv", seeReports, s.reportCSV},
		{"GET", "/devices", runDevices, shows(s, "devices", s.devicesPage)},
		{"POST", "/devices", runDevices, s.newCode},
		{"GET", "/devices/:id", runDevices, shows(s, "device", s.devicePage)},
		{"POST", "/devices/:id/revoke", runDevices, s.revoke},
		{"POST", "/devices/:id/reset", runDevices, s.resetPIN},
		{"POST", "/devices/:id/leases/:lease/take-back", takeLeases, s.forceLease},
		{"POST", "/devices/:id/approve", runDevices, s.approve},
		{"POST", "/devices/:id/turn-away", runDevices, s.turnAway},
		{"GET", "/accounts", runAccounts, shows(s, "accounts", s.accountsPage)},
		{"GET", "/accounts.csv", runAccounts, s.accountsCSV},
		{"POST", "/accounts", runAccounts, s.addAccount},
		{"POST", "/accounts/:name", runAccounts, s.changeAccount},
		{"GET", "/audit", readAudit, s.audit},
		{"GET", "/password", ownAccount, s.passwordForm},
		{"POST", "/password", ownAccount, s.password},
		{"GET", "/second", ownAccount, s.secondForm},
		{"POST", "/second", ownAccount, s.second},
	}
}

func seeOther(c *gin.Context, url string) { c.Redirect(303, url) }
