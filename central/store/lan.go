package store

import (
	"context"
	"database/sql"
	"fmt"
)

// SiteLAN says whether a site's devices may help each other over their own network.
func SiteLAN(ctx context.Context, q Querier, site string) (bool, error) {
	found, err := collect(ctx, q, "read a site's network", func(r *sql.Rows, s *string) error { return r.Scan(s) },
		"SELECT site FROM site_lan WHERE site = $1", site)
	return len(found) > 0, err
}

// SetSiteLAN turns the help on, at an instant in Unix milliseconds, or off. Doing so
// again changes nothing.
func (t *Tx) SetSiteLAN(site string, on bool, at int64) error {
	statement, args := "DELETE FROM site_lan WHERE site = $1", []any{site}
	if on {
		statement, args = "INSERT INTO site_lan (site, since) VALUES ($1, $2) ON CONFLICT (site) DO NOTHING", []any{site, at}
	}
	if _, err := t.exec(statement, args...); err != nil {
		return fmt.Errorf("set a site's network: %w", err)
	}
	return nil
}
