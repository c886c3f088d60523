package staff

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// devicePage is one device: how it stands and the places that it may give out.
type devicePage struct {
	page
	Now    time.Time
	Device deviceRow
	Dark   bool // it may be giving places out without central knowing
	Leases []leaseRow

	Challenge web.Field // what the device shows whose managers have forgotten their PIN
	Reset     string    // the answer to it, in groups, shown once
}

// leaseRow is a lease with what it is for.
type leaseRow struct {
	booking.Lease
	At      clinic.Slot
	Vaccine string
}

// Left is how many places the device may still give out, as far as central knows.
func (l leaseRow) Left() int { return l.Granted - l.Consumed }

// darkAfter is how long a device is silent before what it gives out may be unknown.
const darkAfter = 2 * time.Minute

// deviceOf finds the device of the address, when it is one of the jurisdiction's.
func (s *Staff) deviceOf(c *gin.Context, who account.Account, p page) (deviceRow, error) {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return deviceRow{}, web.ErrNotFound
	}
	rows, err := s.deviceRows(c, who, p)
	if err != nil {
		return deviceRow{}, err
	}
	for _, d := range rows {
		if d.ID == id {
			return d, nil
		}
	}
	return deviceRow{}, web.ErrNotFound
}

func (s *Staff) devicePage(c *gin.Context, who account.Account) (*devicePage, error) {
	p := &devicePage{page: s.newPage(c, who, "staff.device.title"), Now: s.cfg.Now()}
	var err error
	if p.Device, err = s.deviceOf(c, who, p.page); err != nil {
		return nil, err
	}
	p.Dark = p.Now.Sub(p.Device.Contact) >= darkAfter
	p.Challenge = fieldOf(p.page, "challenge", "staff.device.reset.challenge", "text", "", "")
	leases, err := s.cfg.Desk.Leases(c.Request.Context(), p.Device.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range leases {
		row := leaseRow{Lease: l}
		row.At, _ = s.cfg.Offer.Slot(l.Slot)
		row.Vaccine = s.vaccineName(p.page, row.At.Vaccine)
		p.Leases = append(p.Leases, row)
	}
	return p, nil
}

// Contacted writes when the device was last heard.
func (p *devicePage) Contacted() string {
	if !p.Device.Heard() {
		return p.T("staff.never")
	}
	return p.T("staff.ago", "span", p.Span(p.Now.Sub(p.Device.Contact)))
}

// forceLease takes the places of a lease back without the device.
func (s *Staff) forceLease(c *gin.Context, who account.Account) error {
	p := s.newPage(c, who, "staff.device.title")
	d, err := s.deviceOf(c, who, p)
	if err != nil {
		return err
	}
	held, err := s.cfg.Desk.Leases(c.Request.Context(), d.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(held, func(l booking.Lease) bool { return l.ID.String() == c.Param("lease") })
	if at < 0 {
		return web.ErrNotFound
	}
	if err := s.cfg.Desk.ForceLease(c.Request.Context(), who.Actor(), held[at].ID); err != nil {
		return err
	}
	return s.done(c, "/staff/devices/"+d.ID.String(), p.T("staff.device.lease.done", "device", d.Label))
}

// revoke shuts a device of the jurisdiction out for good.
func (s *Staff) revoke(c *gin.Context, who account.Account) error {
	p := s.newPage(c, who, "staff.nav.devices")
	d, err := s.deviceOf(c, who, p)
	if err != nil {
		return err
	}
	if err := s.cfg.Fleet.Revoke(c.Request.Context(), who.Name, d.ID); err != nil {
		return err
	}
	return s.done(c, "/staff/devices", p.T("staff.devices.revoked", "site", d.Place.Name, "device", d.Label))
}
