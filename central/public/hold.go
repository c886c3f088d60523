package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// What the session of a visitor keeps of holds.
const (
	keyVisitor = "visitor" // who holds, for the engine; it says nothing else
	keyHold    = "hold"    // the hold of this visitor
)

// nearlyOver is from when on the page urges.
const nearlyOver = 2 * time.Minute

// holdBar is a hold as the page of the form tells it.
type holdBar struct {
	ID    clinic.ID
	Slot  clinic.ID
	Until time.Time
	Last  bool // hardly any time is left
}

// choose is the button of a slot: it has the place kept and leads to the form. Only a form that is sent holds a place;
// opening or fetching a page never does.
func (d *Door) choose(c *gin.Context) error {
	if err := web.Form(c); err != nil {
		return err
	}
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	if err := d.chooseSlot(c.PostForm("slot"), &ch); err != nil {
		return d.toSlots(c, ch, err)
	}
	if err := d.holdPlaces(c, ch.Slot.ID, 1+len(d.group(c, ch))); err != nil {
		return d.toSlots(c, ch, err)
	}
	c.Redirect(http.StatusSeeOther, ch.Path(5))
	return nil
}

// holdPlaces has places kept for this visitor. Where too many are kept for the network they come from, they go on
// without, and the next page says so.
func (d *Door) holdPlaces(c *gin.Context, slot clinic.ID, places int) error {
	hold, err := d.holds.Hold(c.Request.Context(), booking.HoldRequest{ID: d.newID(), Slot: slot, Places: places, Owner: d.visitor(c), Address: web.Address(c)})
	if errors.Is(err, clinic.Refuse(clinic.RefusedHoldLimit)) {
		return d.leaveNotice(c, clinic.Refuse(clinic.RefusedHoldLimit))
	}
	if err != nil {
		return err
	}
	return d.keepHold(c, hold)
}

// visitor names whoever holds places in this session.
func (d *Door) visitor(c *gin.Context) string {
	ctx := c.Request.Context()
	if id := d.sessions.GetString(ctx, keyVisitor); id != "" {
		return id
	}
	id := d.newID().String()
	d.sessions.Put(ctx, keyVisitor, id)
	return id
}

func (d *Door) keepHold(c *gin.Context, h booking.Hold) error {
	b, err := json.Marshal(holdBar{ID: h.ID, Slot: h.Slot, Until: h.Until})
	if err != nil {
		return fmt.Errorf("keep the hold: %w", err)
	}
	d.sessions.Put(c.Request.Context(), keyHold, b)
	return nil
}

// held gives this visitor's hold of a slot; over says that its time has just run out.
func (d *Door) held(c *gin.Context, slot clinic.ID) (bar *holdBar, over bool) {
	var h holdBar
	b := d.sessions.GetBytes(c.Request.Context(), keyHold)
	if len(b) == 0 || json.Unmarshal(b, &h) != nil || h.Slot != slot {
		return nil, false
	}
	left := h.Until.Sub(d.now())
	if left <= 0 {
		d.forgetHold(c)
		return nil, true
	}
	h.Last = left <= nearlyOver
	return &h, false
}

func (d *Door) forgetHold(c *gin.Context) { d.sessions.Remove(c.Request.Context(), keyHold) }

// release gives up this visitor's hold, when there is one.
func (d *Door) release(c *gin.Context, slot clinic.ID) error {
	h, _ := d.held(c, slot)
	if h == nil {
		return nil
	}
	d.forgetHold(c)
	return d.holds.Release(c.Request.Context(), h.ID)
}

// sentHold reads the hold that a form was filled in under. One that is no more is refused when it is used.
func sentHold(c *gin.Context) clinic.ID {
	id, err := clinic.ParseID(c.PostForm("hold"))
	if err != nil {
		return clinic.ID{}
	}
	return id
}
