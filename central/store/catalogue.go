package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
)

// Setting reads a setting; one that was never written is empty.
func Setting(ctx context.Context, q Querier, name string) (string, error) {
	var value string
	err := q.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = $1", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return value, nil
}

// SaveSetting writes a setting.
func (t *Tx) SaveSetting(name, value string) error {
	return t.one("save setting "+name, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}

// Districts lists the districts in their order.
func Districts(ctx context.Context, q Querier) ([]string, error) {
	return collect(ctx, q, "list districts", func(r *sql.Rows, v *string) error { return r.Scan(v) },
		"SELECT name FROM district ORDER BY position, name")
}

// SaveDistrict writes a district.
func (t *Tx) SaveDistrict(name string, position int) error {
	return t.one("save district", "INSERT INTO district (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", name, position)
}

func doc[T any](r *sql.Rows, v *T) error {
	var text string
	if err := r.Scan(&text); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), v)
}

// Programmes lists the programmes in their order.
func Programmes(ctx context.Context, q Querier) ([]clinic.Programme, error) {
	return collect(ctx, q, "list programmes", doc[clinic.Programme], "SELECT doc FROM programme ORDER BY position, code")
}

// SaveProgramme writes a programme.
func (t *Tx) SaveProgramme(p clinic.Programme, position int) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save programme %s: %w", p.Code, err)
	}
	return t.one("save programme", `INSERT INTO programme (code, position, doc) VALUES ($1, $2, $3)
		ON CONFLICT (code) DO UPDATE SET position = excluded.position, doc = excluded.doc`, p.Code, position, string(text))
}

// Periods lists the periods by id.
func Periods(ctx context.Context, q Querier) ([]clinic.Period, error) {
	return collect(ctx, q, "list periods", doc[clinic.Period], "SELECT doc FROM period ORDER BY id")
}

// PeriodDoc is a period with its document as it is stored.
type PeriodDoc struct {
	clinic.Period
	Doc json.RawMessage
}

// PeriodDocs lists the periods by id, with their documents.
func PeriodDocs(ctx context.Context, q Querier) ([]PeriodDoc, error) {
	return collect(ctx, q, "list the documents of periods", func(r *sql.Rows, v *PeriodDoc) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		v.Doc = json.RawMessage(text)
		return json.Unmarshal(v.Doc, &v.Period)
	}, "SELECT doc FROM period ORDER BY id")
}

// SavePeriod writes a period.
func (t *Tx) SavePeriod(p clinic.Period) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save period %s: %w", p.ID, err)
	}
	return t.one("save period", "INSERT INTO period (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc", p.ID, string(text))
}

// Site is a site with its place in the list and the numbers of its feed.
type Site struct {
	clinic.Site
	Position int
	Stamp    int64
	Seq      int64
	Floor    int64 // FeedSite only: as FloorOf
}

// Sites lists the sites in their order.
func Sites(ctx context.Context, q Querier) ([]Site, error) {
	return collect(ctx, q, "list sites", func(r *sql.Rows, v *Site) error {
		var text string
		if err := r.Scan(&text, &v.Position, &v.Stamp, &v.Seq); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &v.Site)
	}, "SELECT doc, position, stamp, seq FROM site ORDER BY position, code")
}

// SaveSite writes a site and its stamp, not its seq.
func (t *Tx) SaveSite(s Site) error {
	text, err := json.Marshal(s.Site)
	if err != nil {
		return fmt.Errorf("save site %s: %w", s.Code, err)
	}
	return t.one("save site", `INSERT INTO site (code, district, position, doc, stamp, seq) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (code) DO UPDATE SET district = excluded.district, position = excluded.position, doc = excluded.doc, stamp = excluded.stamp`,
		s.Code, s.District, s.Position, string(text), s.Stamp)
}

const advanceSite = "UPDATE site SET seq = $1 WHERE code = $2 AND seq = $3"

// AdvanceSite moves the site's feed counter from what the writer believed it
// was to what the transaction has given out.
func (t *Tx) AdvanceSite(code string, from, to int64) error {
	return t.one("advance the feed of "+code, advanceSite, to, code, from)
}

// StampProgramme says that a programme changed for a site.
func (t *Tx) StampProgramme(site, programme string, stamp int64) error {
	return t.one("stamp programme", `INSERT INTO site_programme (site, programme, stamp) VALUES ($1, $2, $3)
		ON CONFLICT (site, programme) DO UPDATE SET stamp = excluded.stamp`, site, programme, stamp)
}
