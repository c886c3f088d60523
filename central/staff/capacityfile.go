package staff

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/traditionalchinese"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// Refusals of a capacity file.
const (
	refusedEmpty    = "file_empty"
	refusedEncoding = "file_encoding" // neither UTF-8 nor Big5
	refusedTooLong  = "file_too_long" // args: most
	refusedColumns  = "file_columns"  // args: missing
	refusedCells    = "row_cells"     // the row has another number of cells than the first line
	refusedQuotes   = "row_quotes"
	refusedCode     = "row_site"
	refusedPeriod   = "row_period"
	refusedVaccine  = "row_vaccine"
	refusedDate     = "row_date"
	refusedStart    = "row_start"
	refusedEnd      = "row_end"
	refusedCapacity = "row_capacity"
)

// mostLines is how many rows one file may have: the whole city for a period has about 15,000.
const mostLines = 20_000

// columns are the columns of a capacity file: the word in the template and the ones that are understood beside it.
var columns = []struct {
	name string
	also []string
}{
	{"機構代碼", []string{"醫事機構代碼", "site", "code"}},
	{"期別", []string{"period"}},
	{"疫苗", []string{"vaccine"}},
	{"日期", []string{"接種日期", "date"}},
	{"開始", []string{"開始時間", "start"}},
	{"結束", []string{"結束時間", "end"}},
	{"量能", []string{"名額", "capacity"}},
}

// line is a row of the file as it was typed, for showing it beside what is wrong with it.
type line struct {
	Number int
	Cells  []string // in the order of columns
}

// read is what became of a file.
type read struct {
	Lines    []line
	Rows     []booking.CapacityRow // of the lines that could be read
	Problems []booking.CapacityProblem
}

// readCapacity reads a file: CSV in UTF-8, with or without the mark that Excel puts before it, or in Big5 as Excel in
// Taiwan saves it. A refusal concerns the whole file, a problem one line.
func readCapacity(data []byte, c *booking.Catalogue) (read, error) {
	var out read
	text, err := decodeText(data)
	if err != nil {
		return out, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	head, err := r.Read()
	if err != nil {
		return out, clinic.Refuse(refusedEmpty)
	}
	at, err := findColumns(head)
	if err != nil {
		return out, err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) { // the reader can't tell where the next row begins
			out.Problems = append(out.Problems, booking.CapacityProblem{Line: bad.StartLine, Refusal: clinic.Refuse(refusedQuotes)})
			break
		}
		if err != nil {
			return out, err
		}
		number, _ := r.FieldPos(0)
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if len(out.Lines) == mostLines {
			return read{}, clinic.Refuse(refusedTooLong, "most", strconv.Itoa(mostLines))
		}
		out.add(number, cells, at, len(head), c)
	}
	if len(out.Lines) == 0 && len(out.Problems) == 0 {
		return out, clinic.Refuse(refusedEmpty)
	}
	return out, nil
}

func decodeText(data []byte) (string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return "", clinic.Refuse(refusedEmpty)
	}
	if !utf8.Valid(data) {
		decoded, err := traditionalchinese.Big5.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return "", clinic.Refuse(refusedEncoding)
		}
		data = decoded
	}
	if bytes.IndexByte(data, 0) >= 0 { // UTF-16 or no text at all
		return "", clinic.Refuse(refusedEncoding)
	}
	return string(data), nil
}

// findColumns gives where each column stands.
func findColumns(head []string) ([]int, error) {
	at := make([]int, len(columns))
	var missing []string
	for i, col := range columns {
		at[i] = -1
		for j, cell := range head {
			cell = strings.ToLower(strings.TrimSpace(cell))
			match := cell == col.name
			for _, other := range col.also {
				match = match || cell == other
			}
			if match && at[i] < 0 {
				at[i] = j
			}
		}
		if at[i] < 0 {
			missing = append(missing, col.name)
		}
	}
	if len(missing) > 0 {
		return nil, clinic.Refuse(refusedColumns, "missing", strings.Join(missing, "、"))
	}
	return at, nil
}

func (r *read) add(number int, cells []string, at []int, width int, c *booking.Catalogue) {
	l := line{Number: number, Cells: make([]string, len(columns))}
	for i, j := range at {
		if j < len(cells) {
			l.Cells[i] = strings.TrimSpace(cells[j])
		}
	}
	r.Lines = append(r.Lines, l)
	row, refusal := readRow(l, c)
	if len(cells) != width {
		refusal = clinic.Refuse(refusedCells)
	}
	if refusal != nil {
		r.Problems = append(r.Problems, booking.CapacityProblem{Line: number, Refusal: refusal})
		return
	}
	r.Rows = append(r.Rows, row)
}

// readRow reads the cells of a line. Whether they fit the city is judged in booking.
func readRow(l line, c *booking.Catalogue) (row booking.CapacityRow, refusal *clinic.Refusal) {
	row.Line = l.Number
	var err error
	if row.Site, err = twid.ParseInstitution(strings.TrimPrefix(l.Cells[0], "'")); err != nil {
		return row, clinic.Refuse(refusedCode)
	}
	var ok bool
	if row.Period, ok = findPeriod(c, l.Cells[1]); !ok {
		return row, clinic.Refuse(refusedPeriod)
	}
	if row.Vaccine, ok = findVaccine(c, l.Cells[2]); !ok {
		return row, clinic.Refuse(refusedVaccine)
	}
	if row.Date, ok = readDay(l.Cells[3]); !ok {
		return row, clinic.Refuse(refusedDate)
	}
	if row.Start, ok = readTime(l.Cells[4]); !ok {
		return row, clinic.Refuse(refusedStart)
	}
	if row.End, ok = readTime(l.Cells[5]); !ok {
		return row, clinic.Refuse(refusedEnd)
	}
	n, err := strconv.ParseUint(l.Cells[6], 10, 31)
	if err != nil {
		return row, clinic.Refuse(refusedCapacity)
	}
	row.Capacity = int(n)
	return row, nil
}

// findPeriod and findVaccine take the code or the name.
func findPeriod(c *booking.Catalogue, text string) (string, bool) {
	for _, p := range c.Periods {
		if text == p.ID || text != "" && text == p.Label.In(clinic.DefaultLocale) {
			return p.ID, true
		}
	}
	return "", false
}

func findVaccine(c *booking.Catalogue, text string) (string, bool) {
	for _, p := range c.Programmes {
		for _, v := range p.Vaccines {
			if text == v.Code || text != "" && text == v.Name.In(clinic.DefaultLocale) {
				return v.Code, true
			}
		}
	}
	return "", false
}

// readDay reads 2026-12-01, 2026/12/1 and the ROC 115/12/1.
func readDay(text string) (clinic.Date, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(parts) != 3 {
		return clinic.Date{}, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 14)
		if err != nil {
			return clinic.Date{}, false
		}
		n[i] = int(v)
	}
	switch {
	case len(parts[0]) <= 3:
		n[0] += 1911
	case len(parts[0]) != 4:
		return clinic.Date{}, false
	}
	d, err := clinic.ParseDate(pad(n[0], 4) + "-" + pad(n[1], 2) + "-" + pad(n[2], 2))
	return d, err == nil
}

// readTime reads 9:00 and 09:00:00.
func readTime(text string) (clinic.TimeOfDay, bool) {
	if strings.Count(text, ":") == 2 {
		text = strings.TrimSuffix(text, ":00")
	}
	if len(text) == 4 {
		text = "0" + text
	}
	t, err := clinic.ParseTimeOfDay(text)
	return t, err == nil
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}
