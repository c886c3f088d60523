package store

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Device is a row of the device table. Instants are Unix milliseconds, 0 for
// never; NotBefore and Expires are Unix seconds.
type Device struct {
	ID        clinic.ID
	Site      string
	Role      syncproto.Role
	Letter    string
	Label     string
	Epoch     uint32
	Noise     []byte // 32 bytes, public
	Sign      []byte // 32 bytes, public
	Enrolled  int64
	NotBefore int64
	Expires   int64
	Revoked   int64
	Fenced    int64
	Keys      int // generation of central's keys that it was last seen with, 0 before the first time
}

const deviceColumns = "id, site, role, letter, label, epoch, noise, sign, enrolled, not_before, expires, revoked, fenced, keys"

func scanDevice(r *sql.Rows, d *Device) error {
	return r.Scan((*id)(&d.ID), &d.Site, &d.Role, &d.Letter, &d.Label, &d.Epoch, &d.Noise, &d.Sign, &d.Enrolled, &d.NotBefore, &d.Expires, &d.Revoked, &d.Fenced, &d.Keys)
}

// Devices lists all devices by site and letter.
func Devices(ctx context.Context, q Querier) ([]Device, error) {
	return collect(ctx, q, "list devices", scanDevice, "SELECT "+deviceColumns+" FROM device ORDER BY site, LENGTH(letter), letter")
}

// DevicesShutOut lists the devices that were revoked or fenced.
func DevicesShutOut(ctx context.Context, q Querier) ([]Device, error) {
	return collect(ctx, q, "list devices that are shut out", scanDevice, "SELECT "+deviceColumns+" FROM device WHERE revoked > 0 OR fenced > 0")
}

// DeviceByNoise finds the device with a Noise public key; ok is false where there
// is none.
func DeviceByNoise(ctx context.Context, q Querier, key []byte) (d Device, ok bool, err error) {
	err = each(ctx, q, "find device", scanDevice, func(v *Device) error { d, ok = *v, true; return nil },
		"SELECT "+deviceColumns+" FROM device WHERE noise = $1", key)
	return d, ok, err
}

// IsKiosk reports whether a device came in as a kiosk.
func IsKiosk(ctx context.Context, q Querier, device clinic.ID) (bool, error) {
	found, err := collect(ctx, q, "find a device's role", func(r *sql.Rows, v *syncproto.Role) error { return r.Scan(v) }, "SELECT role FROM device WHERE id = $1", device[:])
	return len(found) == 1 && found[0] == syncproto.RoleKiosk, err
}

// CountDevices counts the devices that a site ever had.
func CountDevices(ctx context.Context, q Querier, site string) (int, error) {
	var n int
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM device WHERE site = $1", site).Scan(&n); err != nil {
		return 0, fmt.Errorf("count devices: %w", err)
	}
	return n, nil
}

// InsertDevice adds a device.
func (t *Tx) InsertDevice(d Device) error {
	return t.one("insert device", "INSERT INTO device ("+deviceColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		d.ID[:], d.Site, string(d.Role), d.Letter, d.Label, int64(d.Epoch), d.Noise, d.Sign, d.Enrolled, d.NotBefore, d.Expires, d.Revoked, d.Fenced, d.Keys)
}

// DeviceForChange reads a device that nobody else changes until the transaction
// ends; ok is false where there is none.
func (t *Tx) DeviceForChange(device clinic.ID) (d Device, ok bool, err error) {
	if _, err := t.exec("UPDATE device SET fenced = fenced WHERE id = $1", device[:]); err != nil { // the lock that both databases know
		return Device{}, false, fmt.Errorf("lock device: %w", err)
	}
	err = each(t.ctx, t.Reads(), "read device", scanDevice, func(v *Device) error { d, ok = *v, true; return nil },
		"SELECT "+deviceColumns+" FROM device WHERE id = $1", device[:])
	return d, ok, err
}

// UpdateDevice writes what changes in a device's life: its grant's end,
// revocation, fence, and the keys of central that it holds.
func (t *Tx) UpdateDevice(d Device) error {
	return t.one("update device", "UPDATE device SET expires = $1, revoked = $2, fenced = $3, keys = $4 WHERE id = $5", d.Expires, d.Revoked, d.Fenced, d.Keys, d.ID[:])
}

// DeviceStatus is what a device last said about itself. Instants are Unix
// milliseconds of central's clock, 0 for never.
type DeviceStatus struct {
	Device        clinic.ID
	Contact       int64
	Pulled        int64
	Pushed        int64
	Moved         int64
	Build         string
	Version       int
	History       clinic.ID
	Cursor        int64
	MaxSeq        uint64
	Acked         uint64
	OldestPending int64 // seconds
	Skew          int64 // milliseconds
	FreeDisk      int64 // bytes
	DatabaseSize  int64 // bytes
	Reader        syncproto.ReaderState
	RoundTrip     int64 // milliseconds
	Diverged      bool  // its rows were not ours at the end of the feed
	Settled       int64 // when it last had nothing that we have not
}

const statusColumns = `device, contact, pulled, pushed, moved, build, version, history, position, max_seq, acked, oldest_pending, skew,
	free_disk, database_size, reader, round_trip, diverged, settled`

// DeviceStatuses lists what all devices last said.
func DeviceStatuses(ctx context.Context, q Querier) ([]DeviceStatus, error) {
	return collect(ctx, q, "list device states", func(r *sql.Rows, s *DeviceStatus) error {
		return r.Scan((*id)(&s.Device), &s.Contact, &s.Pulled, &s.Pushed, &s.Moved, &s.Build, &s.Version, (*id)(&s.History), &s.Cursor, &s.MaxSeq, &s.Acked,
			&s.OldestPending, &s.Skew, &s.FreeDisk, &s.DatabaseSize, &s.Reader, &s.RoundTrip, &s.Diverged, &s.Settled)
	}, "SELECT "+statusColumns+" FROM device_status")
}

// SaveDeviceStatus writes what a device said.
func (t *Tx) SaveDeviceStatus(s DeviceStatus) error {
	return t.one("save device state", "INSERT INTO device_status ("+statusColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (device) DO UPDATE SET contact = excluded.contact, pulled = excluded.pulled, pushed = excluded.pushed, moved = excluded.moved,
		build = excluded.build, version = excluded.version, history = excluded.history, position = excluded.position, max_seq = excluded.max_seq,
		acked = excluded.acked, oldest_pending = excluded.oldest_pending, skew = excluded.skew, free_disk = excluded.free_disk,
		database_size = excluded.database_size, reader = excluded.reader, round_trip = excluded.round_trip, diverged = excluded.diverged,
		settled = CASE WHEN excluded.settled > device_status.settled THEN excluded.settled ELSE device_status.settled END`,
		s.Device[:], s.Contact, s.Pulled, s.Pushed, s.Moved, s.Build, s.Version, s.History[:], s.Cursor, int64(s.MaxSeq), int64(s.Acked),
		s.OldestPending, s.Skew, s.FreeDisk, s.DatabaseSize, int(s.Reader), s.RoundTrip, s.Diverged, s.Settled)
}

// EnrolCode is a row of the enrol_code table: a code, and the device that asks
// with it. Instants are Unix milliseconds, 0 for never.
type EnrolCode struct {
	Proof    []byte // keyed hash of the secret
	Selector string
	Site     string
	Role     syncproto.Role
	Label    string
	Actor    string
	Created  int64
	Expires  int64
	Tries    int

	Device   clinic.ID // the asking device's id from now on; zero while nobody asked
	Asked    int64
	Noise    []byte // 32 bytes, public
	Sign     []byte // 32 bytes, public
	Build    string
	Nonce    []byte // 16 bytes
	Words    string // five, with spaces
	Approved int64
	Refused  int64
}

const codeColumns = "proof, selector, site, role, label, actor, created, expires, tries, device, asked, noise, sign, build, nonce, words, approved, refused"

func scanCode(r *sql.Rows, c *EnrolCode) error {
	return r.Scan(&c.Proof, &c.Selector, &c.Site, &c.Role, &c.Label, &c.Actor, &c.Created, &c.Expires, &c.Tries, (*id)(&c.Device),
		&c.Asked, &c.Noise, &c.Sign, &c.Build, &c.Nonce, &c.Words, &c.Approved, &c.Refused)
}

// InsertEnrolCode adds a code that nobody used yet.
func (t *Tx) InsertEnrolCode(c EnrolCode) error {
	return t.one("insert enrolment code", `INSERT INTO enrol_code (proof, selector, site, role, label, actor, created, expires, tries)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.Proof, c.Selector, c.Site, string(c.Role), c.Label, c.Actor, c.Created, c.Expires, c.Tries)
}

// EnrolCodeBySelector finds the newest code that begins so; ok is false where
// there is none.
func EnrolCodeBySelector(ctx context.Context, q Querier, selector string) (c EnrolCode, ok bool, err error) {
	err = each(ctx, q, "find enrolment code", scanCode, func(v *EnrolCode) error { c, ok = *v, true; return nil },
		"SELECT "+codeColumns+" FROM enrol_code WHERE selector = $1 ORDER BY created DESC LIMIT 1", selector)
	return c, ok, err
}

// AskingDevices lists the codes with which a device asked and nobody has
// answered, as long as they live, the first that asked first.
func AskingDevices(ctx context.Context, q Querier, now int64) ([]EnrolCode, error) {
	return collect(ctx, q, "list asking devices", scanCode,
		"SELECT "+codeColumns+" FROM enrol_code WHERE asked > 0 AND approved = 0 AND refused = 0 AND expires > $1 ORDER BY asked, proof", now)
}

// CountTry counts a wrong secret against a code.
func (t *Tx) CountTry(proof []byte) error {
	return t.one("count a try", "UPDATE enrol_code SET tries = tries + 1 WHERE proof = $1", proof)
}

// AskEnrolCode binds a code to the device that asks with it. A code with which
// one asked before is ErrStale.
func (t *Tx) AskEnrolCode(c EnrolCode) error {
	return t.one("ask with an enrolment code", `UPDATE enrol_code SET device = $1, asked = $2, noise = $3, sign = $4, build = $5, nonce = $6, words = $7
		WHERE proof = $8 AND device IS NULL`, c.Device[:], c.Asked, c.Noise, c.Sign, c.Build, c.Nonce, c.Words, c.Proof)
}

// AnswerEnrolCode writes what a person decided, and how long the device may
// still fetch its grant. One that was decided before is ErrStale.
func (t *Tx) AnswerEnrolCode(c EnrolCode) error {
	return t.one("answer an asking device", `UPDATE enrol_code SET approved = $1, refused = $2, expires = $3
		WHERE proof = $4 AND approved = 0 AND refused = 0`, c.Approved, c.Refused, c.Expires, c.Proof)
}

// ForgetEnrolCodes removes the codes that ended before an instant.
func (t *Tx) ForgetEnrolCodes(before int64) error {
	if _, err := t.exec("DELETE FROM enrol_code WHERE expires < $1", before); err != nil {
		return fmt.Errorf("forget enrolment codes: %w", err)
	}
	return nil
}
