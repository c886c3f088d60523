package closing

import (
	"context"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/kiosk/ui"
)

// Carrier moves records by hand. What is in the way is a refusal.
type Carrier interface {
	Drives() []string
	Unsent(ctx context.Context) (int, error)
	Export(ctx context.Context, folder string) (file string, events int, err error)
	TakeReceipts(ctx context.Context, folder string) (Confirmed, error)
}

// Confirmed is what central's receipt told.
type Confirmed struct {
	Acked   uint64 // the last record that central has
	Waiting int    // records that wait still
	Look    int    // records that central wants looked at
	Undone  int    // requests that were not done
}

// Carry is the page of records that go by USB stick. Its methods belong to the drawing
// goroutine.
type Carry struct {
	cfg     Config
	turn    func()
	ctx     context.Context
	carrier Carrier
	drives  []string
	waiting int
	said    []string
	why     string
	busy    bool
	folder  *ui.Input
	root    *container.Scroll
}

// NewCarry makes a page that is empty until Begin; turn goes back to the day's end.
func NewCarry(cfg Config, turn func()) *Carry {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	p := &Carry{cfg: cfg, turn: turn, ctx: context.Background(), root: container.NewVScroll(ui.Column(0))}
	p.folder = ui.NewInput(p.export)
	p.draw()
	return p
}

// Content is what the page shows.
func (p *Carry) Content() fyne.CanvasObject { return p.root }

// Begin gives the page who carries.
func (p *Carry) Begin(ctx context.Context, c Carrier) { p.ctx, p.carrier = ctx, c }

// Show looks for sticks afresh.
func (p *Carry) Show() {
	p.said, p.why = nil, ""
	p.search()
}

// Key goes back with Escape.
func (p *Carry) Key(name fyne.KeyName) bool {
	if name == fyne.KeyEscape {
		p.turn()
	}
	return name == fyne.KeyEscape
}

// search looks for sticks, and counts what waits.
func (p *Carry) search() {
	if p.carrier == nil {
		return
	}
	ctx, c := p.ctx, p.carrier
	p.cfg.Background(func() {
		drives := c.Drives()
		waiting, err := c.Unsent(ctx)
		ui.Do(func() {
			if err != nil {
				p.failed("count", err)
				return
			}
			p.drives, p.waiting = drives, waiting
			if p.folder.Text == "" && len(drives) > 0 {
				p.folder.SetText(drives[0])
			}
			p.draw()
		})
	})
}

func (p *Carry) failed(what string, err error) {
	p.cfg.Log.Warn("not done", "screen", "carry", "what", what, "why", err)
	p.why, p.said, p.busy = p.cfg.Look.Explain(err), nil, false
	p.draw()
}

// do works with the folder and says what came of it.
func (p *Carry) do(what string, work func(ctx context.Context, folder string) (said []string, err error)) {
	if p.carrier == nil || p.busy {
		return
	}
	ctx, folder := p.ctx, p.folder.Text
	p.busy, p.said, p.why = true, nil, ""
	p.draw()
	p.cfg.Background(func() {
		said, err := work(ctx, folder)
		ui.Do(func() {
			if err != nil {
				p.failed(what, err)
				return
			}
			p.busy, p.said = false, said
			p.search()
		})
	})
}

func (p *Carry) export() {
	p.do("export", func(ctx context.Context, folder string) ([]string, error) {
		file, events, err := p.carrier.Export(ctx, folder)
		return []string{p.cfg.Look.T("carry.done.written", "count", strconv.Itoa(events), "file", file)}, err
	})
}

func (p *Carry) receipt() {
	p.do("receipt", func(ctx context.Context, folder string) ([]string, error) {
		c, err := p.carrier.TakeReceipts(ctx, folder)
		return p.words(c), err
	})
}

// words say what a receipt confirmed.
func (p *Carry) words(c Confirmed) []string {
	l := p.cfg.Look
	out := []string{l.T("carry.done.read", "acked", strconv.FormatUint(c.Acked, 10))}
	if c.Waiting == 0 {
		out = append(out, l.T("carry.done.none"))
	}
	for _, line := range []struct {
		key   string
		count int
	}{{"carry.done.waiting", c.Waiting}, {"carry.done.look", c.Look}, {"carry.done.undone", c.Undone}} {
		if line.count > 0 {
			out = append(out, l.T(line.key, "count", strconv.Itoa(line.count)))
		}
	}
	return out
}

func (p *Carry) draw() {
	l := p.cfg.Look
	back := ui.NewButton(l, ui.ButtonSpec{Text: l.T("carry.back"), Icon: "back", Key: "Esc", Kind: ui.Tab}, p.turn)
	parts := []fyne.CanvasObject{
		l.Write(l.T("carry.title"), l.Sizes.Second, true, l.Ink),
		l.Lines(l.T("carry.about"), l.Sizes.Text, false, l.Ink2, width),
		l.Write(l.T("carry.waiting", "count", strconv.Itoa(p.waiting)), l.Sizes.Text, true, l.Ink),
	}
	for _, s := range p.said {
		parts = append(parts, l.Note(ui.Done, "check", s, width))
	}
	if p.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", p.why, width))
	}
	drives := ui.Column(8, l.Write(l.T("carry.drive"), l.Sizes.Text, true, l.Ink))
	for _, d := range p.drives {
		drives.Add(ui.NewChoice(l, ui.ChoiceSpec{Word: ui.Fit(filepath.Clean(d), l.Sizes.Text, true, 700)}, d == p.folder.Text, func() {
			p.folder.SetText(d)
			p.draw()
		}))
	}
	if len(p.drives) == 0 {
		drives.Add(l.Lines(l.T("carry.no_drive"), l.Sizes.Text, false, l.Ink, width-60))
	}
	drives.Add(l.Field(l.T("carry.folder"), l.T("carry.folder.hint"), p.folder))
	parts = append(parts, l.Panel(ui.Inset(14, 14, 18, 18, drives)))
	buttons := []*ui.Button{
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("carry.write"), Icon: "upload", Kind: ui.Primary}, p.export),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("carry.read"), Icon: "download"}, p.receipt),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("carry.again"), Icon: "sync"}, p.search),
	}
	row := ui.Row(12)
	for _, b := range buttons {
		if p.busy {
			b.Disable()
		}
		row.Add(b)
	}
	row.Add(back)
	parts = append(parts, row)
	p.root.Content = ui.Column(14, parts...)
	p.root.Refresh()
}
