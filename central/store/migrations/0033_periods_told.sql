-- +goose Up
-- A programme's row tells its periods too: every site's devices hear of them anew.
UPDATE site_programme SET stamp = (SELECT s.seq FROM site s WHERE s.code = site_programme.site)
	+ (SELECT COUNT(*) FROM site_programme o WHERE o.site = site_programme.site AND o.programme <= site_programme.programme);
UPDATE site SET seq = seq + (SELECT COUNT(*) FROM site_programme p WHERE p.site = site.code);

-- +goose Down
-- The rows stay above their old numbers, as after any other change of a programme.
