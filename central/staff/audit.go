package staff

import (
	"errors"
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

// actions are what the audit trail tells of, as it keeps them; each has its words under staff.action.
var actions = []string{
	"login", "login.password", "login.refused", "logout", "second.on", "second.off", "list", "view", "export", "account.export",
	"book", "cancel", "move", "correct", "stand_by", "standby_left", "standby_passed", "standby_promoted",
	"read_standby", "standby_offered", "standby_not_reached", "standby_declined", "standby_accepted", "standby_taken_back", "standby_again", "walk_in",
	"receive", "admit_walk_in", "admit_event", "dismiss_event", "close_day", "no_show", "join_numbers", "split_numbers",
	"lease", "lease_returned", "lease_over", "force_lease", "recall_lot",
	"import_capacity", "save_period", "save_site", "save_programme", "install",
	"reminder_sent", "reminder_failed", "notice_sent", "notice_failed",
	"device.code", "device.enrol", "device.turn_away", "device.revoke", "device.fence", "device.reset", "site.lan_on", "site.lan_off",
	"account.add", "account.renew", "account.reset", "account.password", "account.enable", "account.disable", "account.delete",
	"keys.rotate", "keys.retire", "data_key.rotate", "data_key.retire", "purge_departures",
}

type auditPage struct {
	page
	Actor, Action string
	Actions       []option
	Rows          []booking.AuditEntry
	Later         string
	Checked       int64 // entries found untouched; 0 while nobody asked
	Tampered      bool

	site func(code string) (clinic.Site, bool)
}

const entriesAtOnce = 50

func (s *Staff) audit(c *gin.Context, who account.Account) error {
	p := &auditPage{page: s.newPage(c, who, "staff.nav.audit"), Actor: strings.TrimSpace(c.Query("actor")), Action: strings.TrimSpace(c.Query("action")), site: s.cfg.Offer.Catalogue().Site}
	for _, a := range actions {
		p.Actions = append(p.Actions, option{a, p.What(a), a == p.Action})
	}
	before := int64(0)
	if text := c.Query("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return web.ErrMalformed
		}
	}
	ctx := c.Request.Context()
	rows, err := s.cfg.Trail.AuditPage(ctx, before, p.Actor, p.Action, entriesAtOnce+1)
	if err != nil {
		return err
	}
	if len(rows) > entriesAtOnce {
		rows = rows[:entriesAtOnce]
		p.Later = query("/staff/audit", "actor", p.Actor, "action", p.Action, "before", strconv.FormatInt(rows[len(rows)-1].N, 10))
	}
	p.Rows = rows
	if c.Query("verify") != "" {
		p.Checked, err = s.cfg.Trail.VerifyAudit(ctx)
		p.Tampered = errors.Is(err, booking.ErrTampered)
		if err != nil && !p.Tampered {
			return err
		}
	}
	return s.pages.Render(c, http.StatusOK, "audit", p)
}

// At writes an entry's instant.
func (p *auditPage) At(milli int64) string { return p.Timestamp(time.UnixMilli(milli)) }

// What writes what was done. What only an older version did is shown as it was kept.
func (p *auditPage) What(action string) string {
	if !slices.Contains(actions, action) {
		return action
	}
	return p.T("staff.action." + action)
}

// By writes who did something: an account's name, or in words who is none.
func (p *auditPage) By(actor string) string {
	if id, ok := strings.CutPrefix(actor, "device "); ok {
		return p.T("staff.actor.device", "id", id)
	}
	switch actor {
	case "public", "central", "notify", "console", "unknown":
		return p.T("staff.actor." + actor)
	}
	return actor
}
