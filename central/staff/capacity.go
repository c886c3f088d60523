package staff

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type capacityPage struct {
	page
	Faults  []web.Fault
	Fault   string // of the file as a whole
	Periods []clinic.Period
	Columns []string

	Checked bool
	File    string // the checked file, for the confirmation
	Name    string
	Report  booking.CapacityReport
	Bad     []badLine
	More    int // bad lines that are not shown
}

// badLine is a line with what is wrong with it.
type badLine struct {
	Number int
	Cells  []string
	Reason string
}

// badAtOnce is how many bad lines a page shows.
const badAtOnce = 500

func (s *Staff) newCapacityPage(c *gin.Context, who account.Account) *capacityPage {
	p := &capacityPage{page: s.newPage(c, who, "staff.capacity.title")}
	today := clinic.DateOf(s.cfg.Now())
	for _, per := range s.cfg.Offer.Catalogue().Periods {
		if !per.Last.Before(today) {
			p.Periods = append(p.Periods, per)
		}
	}
	for _, col := range columns {
		p.Columns = append(p.Columns, col.name)
	}
	return p
}

func (s *Staff) capacity(c *gin.Context, who account.Account) error {
	return s.pages.Render(c, http.StatusOK, "capacity", s.newCapacityPage(c, who))
}

// capacityPreview judges an uploaded file line by line and changes nothing.
func (s *Staff) capacityPreview(c *gin.Context, who account.Account) error {
	p := s.newCapacityPage(c, who)
	data, name, err := upload(c)
	if err != nil {
		return err
	}
	p.Name = name
	return s.judge(c, who, p, data, http.StatusOK)
}

// judge shows what an import would do.
func (s *Staff) judge(c *gin.Context, who account.Account, p *capacityPage, data []byte, status int) error {
	found, err := readCapacity(data, s.cfg.Offer.Catalogue())
	var no *clinic.Refusal
	if errors.As(err, &no) {
		p.Fault = p.Refusal(no)
		p.Faults = []web.Fault{{Field: "file", Text: p.Fault}}
		return s.pages.Render(c, http.StatusUnprocessableEntity, "capacity", p)
	}
	if err != nil {
		return err
	}
	p.Checked = true
	p.Report = s.cfg.Editor.Preview(who.Actor(), found.Rows)
	p.Report.Rows = len(found.Lines)
	p.Report.Problems = append(p.Report.Problems, found.Problems...)
	p.describe(found.Lines)
	if len(p.Report.Problems) > 0 {
		return s.pages.Render(c, http.StatusUnprocessableEntity, "capacity", p)
	}
	if p.File, err = pack(data); err != nil {
		return err
	}
	return s.pages.Render(c, status, "capacity", p)
}

func (p *capacityPage) describe(lines []line) {
	cells := make(map[int][]string, len(lines))
	for _, l := range lines {
		cells[l.Number] = l.Cells
	}
	slices.SortStableFunc(p.Report.Problems, func(a, b booking.CapacityProblem) int { return cmp.Compare(a.Line, b.Line) })
	for _, problem := range p.Report.Problems {
		if len(p.Bad) == badAtOnce {
			p.More++
			continue
		}
		p.Bad = append(p.Bad, badLine{problem.Line, cells[problem.Line], p.Refusal(problem.Refusal)})
	}
}

// capacityImport does all of a checked file, or nothing.
func (s *Staff) capacityImport(c *gin.Context, who account.Account) error {
	data, err := unpack(c.PostForm("file"))
	if err != nil {
		return web.ErrMalformed
	}
	found, err := readCapacity(data, s.cfg.Offer.Catalogue())
	if err != nil || len(found.Problems) > 0 {
		return s.judge(c, who, s.newCapacityPage(c, who), data, http.StatusConflict)
	}
	report, err := s.cfg.Editor.ImportCapacity(c.Request.Context(), who.Actor(), found.Rows)
	if errors.Is(err, clinic.Refuse(booking.RefusedRows)) { // somebody booked or changed something meanwhile
		return s.judge(c, who, s.newCapacityPage(c, who), data, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.capacity.title")
	return s.done(c, "/staff/capacity", p.T("staff.capacity.done", "rows", p.N(report.Rows), "added", p.N(report.Added), "changed", p.N(report.Changed)))
}

// upload reads the file of the form "file".
func upload(c *gin.Context) (data []byte, name string, err error) {
	head, err := c.FormFile("file")
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, http.ErrMissingFile): // nothing was chosen: an empty file says so
		return nil, "", nil
	case errors.As(err, &long), err == nil && head.Size > MaxUpload:
		return nil, "", web.ErrTooLarge
	case err != nil:
		return nil, "", web.ErrMalformed
	}
	f, err := head.Open()
	if err != nil {
		return nil, "", err
	}
	data, err = io.ReadAll(f)
	return data, head.Filename, errors.Join(err, f.Close())
}

// pack makes a file ready for a hidden field; unpack opens it again and never gives more than MaxUpload.
func pack(data []byte) (string, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

func unpack(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxUpload+1))
	if err == nil && len(data) > MaxUpload {
		err = errors.New("the file is too long")
	}
	return data, err
}

// capacityTemplate gives a file to fill in: the present slots of the jurisdiction in a period, or a first line to copy
// where there are none yet.
func (s *Staff) capacityTemplate(c *gin.Context, who account.Account) error {
	cat := s.cfg.Offer.Catalogue()
	per, ok := cat.Period(c.Query("period"))
	if !ok {
		return web.ErrNotFound
	}
	out, err := s.download(c, "capacity-"+per.ID, s.cfg.Now())
	if err != nil {
		return err
	}
	var head []string
	for _, col := range columns {
		head = append(head, col.name)
	}
	if err := out.row(head...); err != nil {
		return err
	}
	n := 0
	for _, site := range s.sitesOf(who) {
		for _, slot := range s.cfg.Offer.Slots(site.Code, "") {
			if slot.Period == per.ID {
				n++
				if err := out.row(slotCells(slot)...); err != nil {
					return err
				}
			}
		}
	}
	if example, ok := s.example(who, per); ok && n == 0 {
		if err := out.row(slotCells(example)...); err != nil {
			return err
		}
	}
	return out.close()
}

func slotCells(s clinic.Slot) []string {
	return []string{s.Site, s.Period, s.Vaccine, s.Date.String(), s.Start.String(), s.End.String(), strconv.Itoa(s.Capacity)}
}

// example is a slot that the period allows at the first site.
func (s *Staff) example(who account.Account, per clinic.Period) (clinic.Slot, bool) {
	sites := s.sitesOf(who)
	if len(sites) == 0 || len(per.Programmes) == 0 {
		return clinic.Slot{}, false
	}
	prog, ok := s.cfg.Offer.Catalogue().Programme(per.Programmes[0])
	if !ok || len(prog.Vaccines) == 0 {
		return clinic.Slot{}, false
	}
	return clinic.Slot{Site: sites[0].Code, Period: per.ID, Vaccine: prog.Vaccines[0].Code, Date: per.First, Start: 9 * 60, End: 10 * 60, Capacity: 20}, true
}
