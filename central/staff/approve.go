package staff

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// askingIn lists the devices of the jurisdiction that wait for approval.
func (s *Staff) askingIn(c *gin.Context, who account.Account) ([]fleet.Asking, error) {
	all, err := s.cfg.Fleet.Asking(c.Request.Context())
	if err != nil {
		return nil, err
	}
	var own []fleet.Asking
	for _, d := range all {
		if _, ok := s.site(who, d.Site); ok {
			own = append(own, d)
		}
	}
	return own, nil
}

// approve lets a device in that shows the same five words.
func (s *Staff) approve(c *gin.Context, who account.Account) error {
	return s.decide(c, who, s.cfg.Fleet.Approve, "staff.devices.approved")
}

// turnAway ends the attempt of a device that shows other words.
func (s *Staff) turnAway(c *gin.Context, who account.Account) error {
	return s.decide(c, who, s.cfg.Fleet.TurnAway, "staff.devices.turned_away")
}

func (s *Staff) decide(c *gin.Context, who account.Account, act func(context.Context, string, clinic.ID) error, key string) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return web.ErrNotFound
	}
	asking, err := s.askingIn(c, who)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.devices")
	for _, d := range asking {
		if d.ID != id {
			continue
		}
		err := act(c.Request.Context(), who.Name, id)
		var no *clinic.Refusal
		if errors.As(err, &no) { // somebody else has decided meanwhile
			return s.done(c, "/staff/devices", p.Refusal(no))
		}
		if err != nil {
			return err
		}
		return s.done(c, "/staff/devices", p.T(key, "site", d.SiteName, "device", d.Label))
	}
	return s.done(c, "/staff/devices", p.Refusal(clinic.Refuse(fleet.RefusedAsking)))
}
