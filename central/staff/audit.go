package staff

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
)

type auditPage struct {
	page
	Actor, Action string
	Rows          []booking.AuditEntry
	Later         string
	Checked       int64 // entries found untouched; 0 while nobody asked
	Tampered      bool
}

const entriesAtOnce = 50

func (s *Staff) audit(c *gin.Context, who account.Account) error {
	p := &auditPage{page: s.newPage(c, who, "staff.nav.audit"), Actor: strings.TrimSpace(c.Query("actor")), Action: strings.TrimSpace(c.Query("action"))}
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
