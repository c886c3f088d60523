package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// StockEvents lists what devices wrote of a site's vaccine and counts, with stamps after
// a number, in their order.
func StockEvents(ctx context.Context, q Querier, site string, after int64, limit int) ([]Event, error) {
	return collect(ctx, q, "list what was written of the stock", scanEvent, "SELECT "+eventColumns+` FROM event
		WHERE site = $1 AND kind = 16 AND stamp > $2 AND outcome < 4 ORDER BY stamp LIMIT $3`, site, after, limit)
}

// LotDoses is how many people had a dose of a lot. Number is in capitals.
type LotDoses struct {
	Number string
	Doses  int
}

// DosesOfSite counts by lot who was vaccinated at a site on days before one, by number.
func DosesOfSite(ctx context.Context, q Querier, site string, before clinic.Date) ([]LotDoses, error) {
	return collect(ctx, q, "count the doses of a site", func(r *sql.Rows, d *LotDoses) error { return r.Scan(&d.Number, &d.Doses) },
		`SELECT UPPER(TRIM(e.lot)), COUNT(DISTINCT e.booking) FROM event e JOIN booking b ON b.id = e.booking
		WHERE e.site = $1 AND e.kind = 2 AND e.outcome < 4 AND b.attendance = $2 AND b.day < $3
			AND NOT EXISTS (SELECT 1 FROM event v WHERE v.booking = e.booking AND v.kind = 5 AND v.outcome < 4
				AND v.voids_device = e.device AND v.voids_epoch = e.epoch AND v.voids_seq = e.seq)
		GROUP BY UPPER(TRIM(e.lot)) ORDER BY UPPER(TRIM(e.lot))`, site, int(clinic.Vaccinated), before.String())
}

// SitesWithStock lists the codes of the sites whose devices wrote of vaccine: of a lot,
// in capitals, or of any.
func SitesWithStock(ctx context.Context, q Querier, lot string) ([]string, error) {
	return collect(ctx, q, "list the sites with stock", func(r *sql.Rows, code *string) error { return r.Scan(code) },
		"SELECT DISTINCT site FROM event WHERE kind = 16 AND outcome < 4 AND ($1 = '' OR UPPER(TRIM(lot)) = $2)", lot, lot)
}
