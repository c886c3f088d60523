package staff

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/xuri/excelize/v2"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// exportColumns are the columns of an export of bookings, keys under staff.head.
var exportColumns = []string{"district", "code", "site", "date", "start", "end", "vaccine", "dose", "name", "number", "birth", "mobile", "landline", "guardian", "booking", "created", "state"}

// download begins a CSV file as the answer.
func (s *Staff) download(c *gin.Context, name string, now time.Time) (*sheet, error) {
	attach(c, "text/csv; charset=utf-8", name, now, "csv")
	return newSheet(c.Writer)
}

func attach(c *gin.Context, kind, name string, now time.Time, ending string) {
	c.Header("Content-Type", kind)
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, name, now.In(clinic.Taipei).Format("20060102-1504"), ending))
	c.Status(http.StatusOK)
}

// exported pulls the first row before anything is answered, so that a refusal can still be told as a page.
func (s *Staff) exported(c *gin.Context, who account.Account) (*bookingsPage, iter.Seq2[booking.Row, error], error) {
	p, f, err := s.asked(c, who)
	if err != nil {
		return nil, nil, err
	}
	if p.NoSite || len(p.Matches) > 0 {
		return nil, nil, web.ErrMalformed
	}
	f.Show = booking.ShowAll
	next, stop := iter.Pull2(s.cfg.Bookings.Export(c.Request.Context(), f))
	first, fault, any := next()
	if fault != nil {
		stop()
		return nil, nil, fault
	}
	return p, func(yield func(booking.Row, error) bool) {
		defer stop()
		for row, err, ok := first, fault, any; ok; row, err, ok = next() {
			if !yield(row, err) {
				return
			}
		}
	}, nil
}

// cells are one booking's cells in full.
func (s *Staff) cells(p page, r booking.Row) []string {
	district, site := s.siteNames(r.Slot.Site)
	state := p.T("attendance." + r.Attendance.String())
	if !r.Active() {
		state = p.T("staff.cancelled")
	}
	return []string{
		district, r.Slot.Site, site, r.Slot.Date.String(), r.Slot.Start.String(), r.Slot.End.String(), s.vaccineName(p, r.Slot.Vaccine),
		s.doseName(p, r.Slot.Vaccine, r.Dose), r.Person.Name.Reveal(), r.Person.ID.Reveal(), r.Person.Birth.Reveal().String(),
		r.Person.Mobile.Reveal(), r.Person.Landline.Reveal(), r.Person.Guardian.Reveal(), r.Code, isoTime(r.Created), state,
	}
}

func (s *Staff) bookingsCSV(c *gin.Context, who account.Account) error {
	p, rows, err := s.exported(c, who)
	if err != nil {
		return err
	}
	out, err := s.download(c, "bookings", s.cfg.Now())
	if err != nil {
		return err
	}
	if err := out.row(heads(p.page, exportColumns...)...); err != nil {
		return err
	}
	for r, err := range rows {
		if err != nil {
			return err
		}
		if err := out.row(s.cells(p.page, r)...); err != nil {
			return err
		}
	}
	return out.close()
}

// bookingsXLSX writes a workbook. It passes through a folder of its own in TmpDir, which is gone afterwards: excelize
// keeps what it streams in files.
func (s *Staff) bookingsXLSX(c *gin.Context, who account.Account) (err error) {
	p, rows, err := s.exported(c, who)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(s.cfg.TmpDir, "export-") // mode 0700
	if err != nil {
		return fmt.Errorf("make a folder for a workbook: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	book := excelize.NewFile(excelize.Options{TmpDir: folder})
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := s.fill(book, p.page, rows); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	attach(c, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "bookings", s.cfg.Now(), "xlsx")
	return book.Write(c.Writer)
}

// fill streams the rows into the only sheet. Every cell is a text, so none is a formula.
func (s *Staff) fill(book *excelize.File, p page, rows iter.Seq2[booking.Row, error]) error {
	name := p.T("staff.nav.bookings")
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetRow("A1", anys(heads(p, exportColumns...))); err != nil {
		return err
	}
	n := 1
	for r, err := range rows {
		if err != nil {
			return err
		}
		n++
		cell, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		if err := out.SetRow(cell, anys(s.cells(p, r))); err != nil {
			return err
		}
	}
	return out.Flush()
}

func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
