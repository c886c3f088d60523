package booking

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// mostToldPeriods is how many periods of a programme the devices hear of, those with the
// latest days. What they are told depends on nothing but what is stored: a row has the
// same bytes however late it is read.
const mostToldPeriods = 30

// programmeRows are programmes as devices are told of them: the document as it is stored
// and under "periods" the documents of the periods that book it, by first day. Whoever
// changes a period stamps its programmes (stampProgrammes).
func programmeRows(ctx context.Context, q store.Querier, programmes []store.StampedProgramme) ([]syncproto.Row, error) {
	if len(programmes) == 0 {
		return nil, nil
	}
	periods, err := store.PeriodDocs(ctx, q)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(periods, func(a, b store.PeriodDoc) int { return cmp.Or(a.First.Compare(b.First), a.Last.Compare(b.Last)) })
	var out []syncproto.Row
	for _, p := range programmes {
		doc, err := withPeriods(p, periods)
		if err != nil {
			return nil, fmt.Errorf("programme %s with its periods: %w", p.Code, err)
		}
		out = append(out, syncproto.Row{Seq: p.Stamp, Programme: &syncproto.ProgrammeRow{Code: p.Code, Doc: doc}})
	}
	return out, nil
}

// withPeriods puts the periods at the end of a programme's document, whose other bytes
// stay as they are.
func withPeriods(p store.StampedProgramme, periods []store.PeriodDoc) ([]byte, error) {
	docs := []json.RawMessage{}
	for _, period := range periods {
		if period.Covers(p.Code) {
			docs = append(docs, period.Doc)
		}
	}
	docs = docs[max(0, len(docs)-mostToldPeriods):]
	list, err := json.Marshal(docs)
	if err != nil {
		return nil, err
	}
	body, ok := bytes.CutSuffix(bytes.TrimSpace(p.Doc), []byte("}"))
	if !ok {
		return nil, fmt.Errorf("its document is no object")
	}
	return slices.Concat(body, []byte(`,"periods":`), list, []byte("}")), nil
}

// stampProgrammes has the devices of every site hear of programmes again. Codes may stand
// there twice, and of a programme that there is not.
func (b *batch) stampProgrammes(tx *store.Tx, known []clinic.Programme, codes []string) error {
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		if !slices.ContainsFunc(known, func(p clinic.Programme) bool { return p.Code == code }) {
			continue
		}
		for _, s := range b.sites {
			if err := tx.StampProgramme(s.code, code, s.next(b)); err != nil {
				return err
			}
		}
	}
	return nil
}
