package public

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// standbyAnswer is an entry of a standby list as its holder may see it.
type standbyAnswer struct {
	ID       clinic.ID `json:"id"`
	Slot     clinic.ID `json:"slot"`
	Joined   time.Time `json:"joined"`
	Waiting  bool      `json:"waiting"`
	Promoted bool      `json:"promoted"` // then there is a booking with this id
}

// apiStandBy takes a bookingRequest for a slot that is full (候補).
func (d *Door) apiStandBy(c *gin.Context) error {
	var in bookingRequest
	if err := read(c, &in); err != nil {
		return err
	}
	if !in.Hold.IsZero() { // of a full slot there is none
		return web.ErrMalformed
	}
	req, err := in.request(d.today())
	if err != nil {
		return err
	}
	s, err := d.standby.StandBy(c.Request.Context(), req)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, standbyAnswer(s))
}

func (d *Door) apiLeaveStandby(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	number, birth, err := d.proven(c)
	if err != nil {
		return err
	}
	if err := d.standby.LeaveStandby(c.Request.Context(), booking.Cancellation{ID: id, Number: number, Birth: birth}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// apiDraw tells the record of a slot's standby list, for everybody to check: clinic.Draw, bytes in base 64.
func (d *Door) apiDraw(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("slot"))
	if err != nil {
		return web.ErrNotFound
	}
	draw, err := d.standby.Draw(c.Request.Context(), id)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", cacheBriefly)
	return answer(c, http.StatusOK, draw)
}
