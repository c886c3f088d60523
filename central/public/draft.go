package public

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// What the session of a visitor keeps.
const (
	keyDraft  = "draft"  // what was typed into the person form, so that going back loses nothing
	keyNotice = "notice" // the refusal that led back to an earlier step
	keyMine   = "mine"   // the ids of the bookings this visitor made or looked up
)

// mineAtMost bounds the list of bookings a session may see.
const mineAtMost = 20

// draft is the person form as it was typed. It hides itself like the identity types do.
type draft struct {
	ID, Name, Year, Month, Day, Mobile, Landline, Guardian string
	Consents                                               [3]bool
	GuardianConsent                                        bool
}

// String hides what was typed.
func (draft) String() string { return "draft(***)" }

// GoString hides what was typed.
func (d draft) GoString() string { return d.String() }

// LogValue hides what was typed.
func (d draft) LogValue() slog.Value { return slog.StringValue(d.String()) }

// longest bounds a field of the form, in characters.
const longest = 60

func readDraft(c *gin.Context) (draft, error) {
	if err := web.Form(c); err != nil {
		return draft{}, err
	}
	text := func(name string) string {
		r := []rune(strings.ToValidUTF8(strings.TrimSpace(c.PostForm(name)), ""))
		return string(r[:min(len(r), longest)])
	}
	return draft{
		ID: text("id"), Name: text("name"), Year: text("year"), Month: text("month"), Day: text("day"),
		Mobile: text("mobile"), Landline: text("landline"), Guardian: text("guardian"),
		Consents:        [3]bool{c.PostForm("c1") == "1", c.PostForm("c2") == "1", c.PostForm("c3") == "1"},
		GuardianConsent: c.PostForm("guardian_consent") == "1",
	}, nil
}

// birthText joins the three boxes for twid; a single box filled with the whole date is taken as it is.
func (d draft) birthText() string {
	if d.Month == "" && d.Day == "" {
		return d.Year
	}
	return d.Year + "/" + d.Month + "/" + d.Day
}

func (d *Door) keepDraft(c *gin.Context, dr draft) error {
	b, err := json.Marshal(dr)
	if err != nil {
		return fmt.Errorf("keep the form: %w", err)
	}
	d.sessions.Put(c.Request.Context(), keyDraft, b)
	return nil
}

// typed reads the form and keeps it, whatever becomes of it.
func (d *Door) typed(c *gin.Context) (draft, error) {
	dr, err := readDraft(c)
	if err != nil {
		return dr, err
	}
	return dr, d.keepDraft(c, dr)
}

func (d *Door) draft(c *gin.Context) (draft, error) {
	var dr draft
	if b := d.sessions.GetBytes(c.Request.Context(), keyDraft); len(b) > 0 {
		if err := json.Unmarshal(b, &dr); err != nil {
			return dr, fmt.Errorf("read the kept form: %w", err)
		}
	}
	return dr, nil
}

// leaveNotice makes the next page with a notice say why a rule led there.
func (d *Door) leaveNotice(c *gin.Context, r *clinic.Refusal) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("leave a notice: %w", err)
	}
	d.sessions.Put(c.Request.Context(), keyNotice, b)
	return nil
}

func (d *Door) takeNotice(c *gin.Context) string {
	b := d.sessions.PopBytes(c.Request.Context(), keyNotice)
	var r clinic.Refusal
	if len(b) == 0 || json.Unmarshal(b, &r) != nil || !i18n.Has(web.Locale(c), "refusal."+r.Code) {
		return ""
	}
	return web.RefusalText(web.Locale(c), &r)
}

// mine gives the bookings this visitor may see.
func (d *Door) mine(c *gin.Context) []string {
	return strings.Fields(d.sessions.GetString(c.Request.Context(), keyMine))
}

// admit lets the visitor see bookings from now on. The session gets a new token, because it can do more than before.
func (d *Door) admit(c *gin.Context, bookings ...clinic.Booking) error {
	ids := d.mine(c)
	for _, b := range bookings {
		if id := b.ID.String(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	ids = ids[max(0, len(ids)-mineAtMost):]
	ctx := c.Request.Context()
	if err := d.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	d.sessions.Put(ctx, keyMine, strings.Join(ids, " "))
	return nil
}
