package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	json2 "github.com/go-json-experiment/json"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// mountAPI puts the JSON side of the door under /api/v1. Personal data goes in only: answers carry it masked. Errors are
// RFC 9457 problems in the language of ?lang= or Accept-Language.
// docs/api.md tells programs what there is.
func (d *Door) mountAPI(e *web.Engine, hold, book, look gin.HandlerFunc) {
	reads := e.Reads("/api/v1")
	reads.GET("/programmes", shared(func() (any, any) { c := d.offer.Catalogue(); return c, c.Programmes }))
	reads.GET("/periods", shared(func() (any, any) { c := d.offer.Catalogue(); return c, c.Periods }))
	reads.GET("/sites", shared(func() (any, any) { c := d.offer.Catalogue(); return c, c.Sites }))
	reads.GET("/sites/:code/availability", web.Handle(d.availability))
	g := e.Group("/api/v1")
	g.GET("/vacancies", shared(func() (any, any) { v := d.offer.Vacancies(); return head(v), v })) // another with every booking
	g.POST("/holds", hold, web.Handle(d.apiHold))
	g.DELETE("/holds/:id", hold, web.Handle(d.apiRelease))
	g.POST("/bookings", book, web.Handle(d.apiBook))
	g.POST("/bookings/group", book, web.Handle(d.apiBookGroup))
	g.POST("/standby", book, web.Handle(d.apiStandBy))
	g.POST("/standby/:id/leave", look, web.Handle(d.apiLeaveStandby))
	g.GET("/slots/:slot/draw", web.Handle(d.apiDraw))
	g.POST("/bookings/lookup", look, web.Handle(d.apiLookUp))
	g.POST("/bookings/:id/cancel", look, web.Handle(d.apiCancel))
	g.POST("/bookings/:id/move", look, web.Handle(d.apiMove))
	g.POST("/bookings/:id/phones", look, web.Handle(d.apiPhones))
}

func answer(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	c.Writer.Header()["Content-Type"] = jsonInUnicode
	c.Status(status)
	_, _ = c.Writer.Write(body) // who left does not hear it
	return nil
}

// availability answers with the bytes that the engine wrote beforehand.
func (d *Door) availability(c *gin.Context) error {
	body, gz, etag, ok := d.offer.Availability(c.Param("code"))
	if !ok {
		return web.ErrNotFound
	}
	encoded{body, gz, etag}.write(c)
	return nil
}

// bookingRequest is the body of POST /api/v1/bookings. ID is a UUIDv7 made by the client: sent again, the request gets
// the same answer. Birth reads 1961-06-15 or 50/6/15.
type bookingRequest struct {
	ID       clinic.ID `json:"id"`
	Slot     clinic.ID `json:"slot"`
	Dose     string    `json:"dose"`
	IDNumber string    `json:"id_number"`
	Name     string    `json:"name"`
	Birth    string    `json:"birth"`
	Mobile   string    `json:"mobile"`
	Landline string    `json:"landline"`
	Guardian string    `json:"guardian"`
	Consents [3]bool   `json:"consents"`
	// GuardianConsent is needed under 18.
	GuardianConsent bool `json:"guardian_consent"`
	// Hold is the hold whose place it is; without one it is a free place.
	Hold clinic.ID `json:"hold"`
}

// isV7 reports whether an id is a UUID of version 7, as every booking's is.
func isV7(id clinic.ID) bool { return id[6]>>4 == 7 && id[8]>>6 == 2 }

// bookingAnswer is a booking as its holder may see it.
type bookingAnswer struct {
	ID        clinic.ID         `json:"id"`
	Code      string            `json:"code"`
	State     clinic.Attendance `json:"state"`
	Slot      clinic.ID         `json:"slot"`
	Site      string            `json:"site"`
	Programme string            `json:"programme"`
	Vaccine   string            `json:"vaccine"`
	Dose      string            `json:"dose"`
	Date      clinic.Date       `json:"date"`
	Start     clinic.TimeOfDay  `json:"start"`
	End       clinic.TimeOfDay  `json:"end"`
	Name      clinic.Name       `json:"name"`   // masked
	Mobile    clinic.Phone      `json:"mobile"` // masked
	Created   time.Time         `json:"created"`
	Cancelled *time.Time        `json:"cancelled"`
}

func answerOf(b clinic.Booking) bookingAnswer {
	a := bookingAnswer{
		ID: b.ID, Code: b.Code, State: b.Visit().Attendance, Slot: b.Slot.ID, Site: b.Slot.Site, Programme: b.Slot.Programme,
		Vaccine: b.Slot.Vaccine, Dose: b.Dose, Date: b.Slot.Date, Start: b.Slot.Start, End: b.Slot.End, Name: b.Person.Name,
		Mobile: b.Person.Mobile, Created: b.Created,
	}
	if !b.Active() {
		a.Cancelled = &b.Cancelled
	}
	return a
}

func (d *Door) apiBook(c *gin.Context) error {
	var in bookingRequest
	if err := read(c, &in); err != nil {
		return err
	}
	req, err := in.request(d.today())
	if err != nil {
		return err
	}
	b, err := d.bookings.Book(c.Request.Context(), req)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, answerOf(b))
}

// request reads what a program asks for.
func (in bookingRequest) request(today clinic.Date) (booking.Request, error) {
	if !isV7(in.ID) {
		return booking.Request{}, web.ErrMalformed
	}
	birth, err := twid.ParseBirth(in.Birth, today)
	if err != nil {
		return booking.Request{}, err
	}
	return booking.Request{
		ID: in.ID, Slot: in.Slot, Dose: in.Dose, Hold: in.Hold, Consents: ticked(in.Consents), GuardianConsent: in.GuardianConsent, Person: clinic.Person{
			ID: clinic.NewIDNumber(in.IDNumber), Name: clinic.NewName(in.Name), Birth: clinic.NewBirth(birth),
			Mobile: clinic.NewPhone(in.Mobile), Landline: clinic.NewPhone(in.Landline), Guardian: clinic.NewPhone(in.Guardian),
		},
	}, nil
}

// apiBookGroup books for up to four people: {"bookings": [bookingRequest, …]}. All of them are booked or none; a problem
// says in member, from 0, whom it is about.
func (d *Door) apiBookGroup(c *gin.Context) error {
	var in struct {
		Bookings []bookingRequest `json:"bookings"`
	}
	if err := read(c, &in); err != nil {
		return err
	}
	requests := make([]booking.Request, len(in.Bookings))
	for i, b := range in.Bookings {
		var err error
		if requests[i], err = b.request(d.today()); err != nil {
			return aboutMember(c, &booking.MemberError{Member: i, Err: err})
		}
	}
	booked, err := d.groups.BookGroup(c.Request.Context(), requests)
	if err != nil {
		return aboutMember(c, err)
	}
	out := make([]bookingAnswer, len(booked))
	for i, b := range booked {
		out[i] = answerOf(b)
	}
	return answer(c, http.StatusCreated, out)
}

// aboutMember answers what is about one of a group, with its number.
func aboutMember(c *gin.Context, err error) error {
	var m *booking.MemberError
	if !errors.As(err, &m) {
		return err
	}
	p := web.Explain(c, err)
	body, failed := json.Marshal(struct {
		web.Problem
		Member int `json:"member"`
	}{p, m.Member})
	if failed != nil {
		return fmt.Errorf("encode the problem: %w", failed)
	}
	c.Header("Content-Language", web.Locale(c))
	c.Data(p.Status, "application/problem+json", body)
	return nil
}

// proof is who asks about a booking.
type proof struct {
	IDNumber string `json:"id_number"`
	Birth    string `json:"birth"`
}

// prove reads a proof. The guesses about one number are counted.
func (d *Door) prove(c *gin.Context, p proof) (clinic.IDNumber, clinic.Birth, error) {
	number, err := twid.ReadID(p.IDNumber)
	if err != nil {
		return clinic.IDNumber{}, clinic.Birth{}, err
	}
	birth, err := twid.ParseBirth(p.Birth, d.today())
	if err != nil {
		return clinic.IDNumber{}, clinic.Birth{}, err
	}
	return number.ID, clinic.NewBirth(birth), d.guesses.Take(c, number.ID.Reveal())
}

// proven is prove for a body that is nothing else.
func (d *Door) proven(c *gin.Context) (clinic.IDNumber, clinic.Birth, error) {
	var p proof
	if err := read(c, &p); err != nil {
		return clinic.IDNumber{}, clinic.Birth{}, err
	}
	return d.prove(c, p)
}

func (d *Door) apiLookUp(c *gin.Context) error {
	number, birth, err := d.proven(c)
	if err != nil {
		return err
	}
	found, err := d.bookings.LookUp(c.Request.Context(), number, birth)
	if err != nil {
		return err
	}
	out := make([]bookingAnswer, len(found))
	for i, b := range found {
		out[i] = answerOf(b)
	}
	return answer(c, http.StatusOK, out)
}

func (d *Door) apiCancel(c *gin.Context) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	number, birth, err := d.proven(c)
	if err != nil {
		return err
	}
	b, err := d.bookings.Cancel(c.Request.Context(), booking.Cancellation{ID: id, Number: number, Birth: birth})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerOf(b))
}

// read takes a JSON body. A member that is not known, or stands there twice, is malformed, so that a misspelt one is not
// lost silently. The decoder's words are not shown: they may quote what was sent.
func read(c *gin.Context, into any) error {
	err := json2.UnmarshalRead(c.Request.Body, into, json2.RejectUnknownMembers(true))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return err
	}
	if err != nil {
		return web.ErrMalformed
	}
	return nil
}
