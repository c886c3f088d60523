package nhicard

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ezhitong.tw/drivers/iso7816"
)

var errBroken = errors.New("exchange broke")

// chip answers SELECT and GET DATA; each answer is used once, the last one for good. A nil answer breaks.
type chip struct {
	historical   string
	selects      [][]byte
	data         [][]byte
	resets, asks int
	short        bool // no time for two exchanges
	refuseReset  bool
}

func (c *chip) ATR() iso7816.ATR { return iso7816.ATR{Historical: []byte(c.historical)} }

func (c *chip) Reset(context.Context) error {
	c.resets++
	if c.refuseReset {
		return errBroken
	}
	return nil
}

func (c *chip) Affords(context.Context, int) bool { return !c.short }

func (c *chip) Transmit(_ context.Context, apdu []byte) ([]byte, error) {
	from := &c.data
	if apdu[1] == 0xA4 {
		from = &c.selects
		c.asks++
	}
	answer := (*from)[0]
	if len(*from) > 1 {
		*from = (*from)[1:]
	}
	if answer == nil {
		return nil, errBroken
	}
	return answer, nil
}

func ok(b []byte) []byte { return append(b, 0x90, 0) }

func TestWhatTheCardAnswersDecides(t *testing.T) {
	good, yes, unknown := ok(invented()), []byte{0x90, 0}, []byte{0x6D, 0}
	for name, c := range map[string]struct {
		chip  chip
		want  error
		tries int
	}{
		"an ordinary card":                     {chip{selects: [][]byte{yes}, data: [][]byte{good}}, nil, 1},
		"a new card knows no SELECT":           {chip{selects: [][]byte{unknown}, data: [][]byte{good}}, nil, 1},
		"a cold card answers at second asking": {chip{selects: [][]byte{yes}, data: [][]byte{unknown, good}}, nil, 2},
		"the first record is spoiled":          {chip{selects: [][]byte{yes}, data: [][]byte{ok(with(49, []byte("?"))), good}}, nil, 2},
		"the first exchange breaks":            {chip{selects: [][]byte{nil, yes}, data: [][]byte{good}}, nil, 2},
		"the second exchange breaks":           {chip{selects: [][]byte{yes}, data: [][]byte{nil, good}}, nil, 2},
		"every exchange breaks":                {chip{selects: [][]byte{nil}}, errBroken, 2},
		"the card does not wake again":         {chip{selects: [][]byte{nil}, refuseReset: true}, errBroken, 1},
		"a foreign card":                       {chip{selects: [][]byte{{0x6A, 0x82}}, data: [][]byte{unknown}}, ErrNotNHI, 2},
		"a foreign card with data to give":     {chip{selects: [][]byte{yes}, data: [][]byte{yes}}, ErrNotNHI, 2},
		"an HPC by its historical bytes":       {chip{historical: hpcHistorical, selects: [][]byte{{0x6A, 0x82}}, data: [][]byte{unknown}}, ErrHPC, 2},
		"an HPC by its answer":                 {chip{selects: [][]byte{{0x6A, 0x82}}, data: [][]byte{{0x6A, 0x86}}}, ErrHPC, 2},
		"an HPC that answers something":        {chip{historical: hpcHistorical, selects: [][]byte{yes}, data: [][]byte{ok([]byte{1})}}, ErrHPC, 2},
		"a record too short":                   {chip{selects: [][]byte{yes}, data: [][]byte{ok(invented()[:40])}}, ErrRecord, 2},
		"an answer without status":             {chip{selects: [][]byte{yes}, data: [][]byte{{0x90}}}, iso7816.ErrShort, 2},
		"data in two parts":                    {chip{selects: [][]byte{yes}, data: [][]byte{{0x61, 0x39}}}, iso7816.ErrAborted, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if name == "data in two parts" { // GET RESPONSE is answered by the same script: it never ends
					c.chip.data = [][]byte{{0x61, 0x39}}
				}
				var how Reading
				card, err := Read(t.Context(), &c.chip, Into(&how), NotAfter(today))
				if !errors.Is(err, c.want) || err == nil && card.ID.Reveal() != "A123456789" {
					t.Errorf("%v, want %v", err, c.want)
				}
				if how.Tries != c.tries {
					t.Errorf("%d tries, want %d", how.Tries, c.tries)
				}
				if errors.Is(err, ErrHPC) && !errors.Is(err, ErrNotNHI) {
					t.Error("an HPC passes for an NHI card")
				}
			})
		})
	}
}

func TestTheSecondTryComesAfter200Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &chip{selects: [][]byte{{0x90, 0}}, data: [][]byte{{0x6D, 0}, ok(invented())}}
		began := time.Now()
		if _, err := Read(t.Context(), c); err != nil || time.Since(began) != secondTry || c.resets != 0 {
			t.Errorf("%v after %s, %d resets", err, time.Since(began), c.resets)
		}
	})
}

func TestNoSecondTryOnceTheTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), secondTry/2)
		defer cancel()
		c := &chip{selects: [][]byte{{0x90, 0}}, data: [][]byte{{0x6D, 0}}}
		var how Reading
		if _, err := Read(ctx, c, Into(&how)); !errors.Is(err, ErrNotNHI) || how.Tries != 1 {
			t.Errorf("%v, %+v", err, how)
		}
	})
}

func TestAVerySlowReaderIsAskedForTheDataAlone(t *testing.T) {
	c := &chip{short: true, data: [][]byte{ok(invented())}}
	var how Reading
	if _, err := Read(t.Context(), c, Into(&how)); err != nil || c.asks != 0 || how.Select != 0 || how.Data != iso7816.OK {
		t.Errorf("%v, %d times SELECT, %+v", err, c.asks, how)
	}
}
