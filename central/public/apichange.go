package public

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// holdAnswer is a hold: the places are kept until then.
type holdAnswer struct {
	ID     clinic.ID `json:"id"`
	Slot   clinic.ID `json:"slot"`
	Places int       `json:"places"`
	Until  time.Time `json:"until"`
}

// apiHold has places of a slot kept: {"id", "slot", "places"}. ID is a UUIDv7 made by the client, which names the hold in
// a booking or a move; sent again it gets the same answer, without more time. A program may have several holds; how many
// places an address may have is bounded.
func (d *Door) apiHold(c *gin.Context) error {
	var in struct {
		ID     clinic.ID `json:"id"`
		Slot   clinic.ID `json:"slot"`
		Places int       `json:"places"` // 0 means 1
	}
	if err := read(c, &in); err != nil {
		return err
	}
	if !isV7(in.ID) {
		return web.ErrMalformed
	}
	h, err := d.holds.Hold(c.Request.Context(), booking.HoldRequest{
		ID: in.ID, Slot: in.Slot, Places: in.Places, Owner: "api:" + in.ID.String(), Address: web.Address(c),
	})
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, holdAnswer(h))
}

// apiRelease gives a hold up. One that is no more is no fault.
func (d *Door) apiRelease(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return web.ErrNotFound
	}
	if err := d.holds.Release(c.Request.Context(), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// apiMove gives a booking another slot of its vaccine: a proof, "slot" and perhaps "hold". The old place is given up when
// the new one is sure.
func (d *Door) apiMove(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	var in struct {
		proof
		Slot clinic.ID `json:"slot"`
		Hold clinic.ID `json:"hold"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	number, birth, err := d.prove(c, in.proof)
	if err != nil {
		return err
	}
	b, err := d.bookings.Move(c.Request.Context(), booking.MoveRequest{ID: id, Number: number, Birth: birth, Slot: in.Slot, Hold: in.Hold})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerOf(b))
}

// apiPhones changes the phones of a booking: a proof, "mobile" and "landline", of which one may be left out and then stays.
func (d *Door) apiPhones(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	var in struct {
		proof
		Mobile   string `json:"mobile"`
		Landline string `json:"landline"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	number, birth, err := d.prove(c, in.proof)
	if err != nil {
		return err
	}
	b, err := d.bookings.ChangePhones(c.Request.Context(), booking.PhoneChange{
		ID: id, Number: number, Birth: birth, Mobile: clinic.NewPhone(in.Mobile), Landline: clinic.NewPhone(in.Landline),
	})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerOf(b))
}
