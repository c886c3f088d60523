// Package ezhitong_test holds the rules of the house: which room may use which, and what no file may contain.
//
// The rules are tested on the source text with go/parser, over every Go file of the tree, tests and all platforms
// included. ARCHITECTURE.md says why each rule is there.
package ezhitong_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	module   = "ezhitong.tw"
	maxLines = 600
)

// topLevel lists every name that the root of the repository may hold.
const topLevel = ".build .ci .editorconfig .git .gitattributes .gitignore .golangci.yml ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md " +
	"SECURITY.md arch_test.go assets central clinic cmd docs drivers e2e go.mod go.sum internal kiosk setup syncproto"

// room is one line of the allow-list. It covers its folder and what lies beneath without a line of its own.
// All words are separated by spaces; a room may always use what lies in its own folder. A word for another room
// does not cover the rooms beneath it: each has to be named.
type room struct {
	dir   string
	uses  string // rooms that its code and tests may import; * is every room
	tests string // rooms that only its tests may import besides
}

const (
	inside  = "internal/sqldb internal/seal internal/secretfile internal/clock internal/version "
	base    = "clinic syncproto syncproto/noise assets " + inside
	devices = base + "drivers "
	domain  = base + "central/store central/booking central/account central/fleet central/city central/notify "
	doors   = base + "central/web central/booking central/account central/fleet central/city central/notify "
	backing = "central/store central/store/storetest central/booking/bookingtest internal/sqldb/pgtest"
)

// rooms is the allow-list of imports between our own folders. A folder without a line fails: add the line, and
// ARCHITECTURE.md's sentence about the room with it.
var rooms = []room{
	{".", "", ""},
	{"clinic", "", ""},
	{"assets", "", ""},
	{"internal/sqldb", "", "internal/sqldb/pgtest"},
	{"internal/sqldb/pgtest", "", ""},
	{"internal/seal", "internal/secretfile", ""},
	{"internal/secretfile", "", ""},
	{"internal/clock", "", ""},
	{"internal/version", "", ""},
	{"drivers", "", "drivers/emulator"},
	{"drivers/emulator", "drivers", ""},

	{"syncproto", "clinic", "syncproto/noise"},
	{"syncproto/noise", "", ""},

	{"central/store", base, "central/store/storetest"},
	{"central/store/storetest", base + "central/store internal/sqldb/pgtest", ""},
	{"central/booking", domain, backing},
	{"central/booking/bookingtest", domain + "central/store central/store/storetest", ""},
	{"central/vault", base + "central/store", backing + " central/booking"},
	{"central/account", domain, backing},
	{"central/fleet", domain, backing},
	{"central/rules", "clinic", "assets"},
	{"central/city", domain + "central/rules", backing},
	{"central/notify", domain, backing},
	{"central/web", doors, backing},
	{"central/public", doors, backing},
	{"central/staff", doors, backing},
	{"central/hub", doors, backing},
	{"central/console", "clinic syncproto central/account central/booking central/fleet central/rules central/vault", backing},
	{"central/open", doors, backing},

	{"kiosk/replica", base, "kiosk/replica/replicatest"},
	{"kiosk/replica/replicatest", base + "kiosk/replica", ""},
	{"kiosk/agent", base + "kiosk/replica", "kiosk/replica/replicatest"},
	{"kiosk/lan", base + "kiosk/replica", "kiosk/replica/replicatest"},
	{"kiosk/cards", devices, "drivers/emulator"},
	{"kiosk/reception", base + "kiosk/replica", "kiosk/replica/replicatest"},
	{"kiosk/roster", base + "kiosk/replica", "kiosk/replica/replicatest"},
	{"kiosk/station", devices + "kiosk/replica kiosk/agent kiosk/lan kiosk/cards kiosk/reception kiosk/roster kiosk/board", "drivers/emulator kiosk/replica/replicatest"},
	{"kiosk/ui", devices + "kiosk/reception kiosk/cards", ""},
	{"kiosk/ui/golden", "kiosk/ui", ""},
	{"kiosk/ui/window", "kiosk/ui", ""},
	{"kiosk/enrol", devices + "kiosk/ui", "kiosk/ui/golden"},
	{"kiosk/signin", devices + "kiosk/ui kiosk/cards kiosk/roster", "kiosk/ui/golden kiosk/replica/replicatest"},
	{"kiosk/setup", devices + "kiosk/ui kiosk/station", "drivers/emulator kiosk/ui/golden kiosk/replica/replicatest"},
	{"kiosk/board", base + "kiosk/reception", ""},
	{"kiosk/paper", base + "kiosk/reception", "kiosk/replica"},
	{"kiosk/closing", devices + "kiosk/ui kiosk/reception kiosk/paper", "kiosk/ui/golden kiosk/replica"},
	{"kiosk/stock", devices + "kiosk/ui kiosk/reception", "kiosk/ui/golden"},
	{"kiosk/desk", devices + "kiosk/ui kiosk/reception kiosk/replica kiosk/cards", "drivers/emulator kiosk/ui/golden kiosk/desk/desktest"},
	{"kiosk/desk/desktest", devices + "kiosk/desk kiosk/ui kiosk/ui/golden", ""},
	{"kiosk/selfservice", devices + "kiosk/ui kiosk/reception kiosk/replica kiosk/cards", "drivers/emulator kiosk/ui/golden"},

	{"cmd", "*", ""},
	{"e2e", "*", ""},
}

// A folder with a go.mod of its own, such as e2e/bars/peers/gorm, is another
// house: nothing of ours may use it, and it has rules of its own.

// outside limits who may import a module of others. The first line whose prefix fits decides; a module without a
// line is free.
var outside = []struct{ prefix, rooms, why string }{
	{"fyne.io/fyne/v2/app", "cmd", "only cmd opens windows, so that every screen is tested without a display"},
	{"fyne.io/", "cmd e2e kiosk/ui kiosk/ui/golden kiosk/ui/window kiosk/enrol kiosk/signin kiosk/setup kiosk/closing kiosk/stock kiosk/desk kiosk/desk/desktest kiosk/selfservice", "only the screens know the window toolkit"},
	{"github.com/go-gl/", "kiosk/ui/window", "screens are tested without a window system"},
	{"github.com/gin-gonic/", "cmd e2e central/web central/public central/staff central/hub central/open", "Gin stops at the doors"},
	{"github.com/jackc/", "internal/sqldb internal/sqldb/pgtest", "PostgreSQL stays behind the store"},
	{"modernc.org/sqlite", "", "a second SQLite in a process drops the locks of the first"},
}

// check holds files (path from the root → source) against the rules and returns one readable line for each breach.
func check(files map[string]string) []string {
	c := checker{fset: token.NewFileSet(), docs: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		c.file(name, files[name])
	}
	for _, dir := range slices.Sorted(maps.Keys(c.docs)) {
		if !c.docs[dir] {
			c.say(dir, 0, "no file has a package comment: one sentence that says what the package is ('// Package x …' or, for a program, '// Command x …')")
		}
	}
	return c.breaches
}

type checker struct {
	fset     *token.FileSet
	docs     map[string]bool // folder → has a package comment
	breaches []string
}

func (c *checker) say(name string, line int, format string, args ...any) {
	at := name
	if line > 0 {
		at += ":" + strconv.Itoa(line)
	}
	c.breaches = append(c.breaches, at+": "+fmt.Sprintf(format, args...))
}

func (c *checker) line(n ast.Node) int { return c.fset.Position(n.Pos()).Line }

func (c *checker) file(name, source string) {
	dir, test := path.Dir(name), strings.HasSuffix(name, "_test.go")
	f, err := parser.ParseFile(c.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		c.say(name, 0, "does not parse: %v", err)
		return
	}
	if n := strings.Count(source, "\n"); n > maxLines {
		c.say(name, n, "%d lines: a file has one purpose and at most %d lines", n, maxLines)
	}
	c.docs[dir] = c.docs[dir] || hasDoc(f)
	home, ok := roomOf(dir)
	if !ok {
		c.say(name, 1, "the folder %s has no line in the allow-list of arch_test.go", dir)
		return
	}
	for _, spec := range f.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		if why := refused(home, target, test); why != "" {
			c.say(name, c.line(spec), "%s may not import %s: %s", home.dir, target, why)
		}
	}
	c.words(name, f, home, test || strings.HasSuffix(dir, "test"))
}

// hasDoc says whether a file introduces its package: 'Package NAME …', or anything for a program.
func hasDoc(f *ast.File) bool {
	text := strings.Join(strings.Fields(f.Doc.Text()), " ")
	if f.Name.Name != "main" && !strings.HasPrefix(text, "Package "+f.Name.Name+" ") {
		return false
	}
	return strings.Contains(text, ".")
}

// roomOf finds the line with the longest folder that is dir or above it.
func roomOf(dir string) (room, bool) {
	best, found := room{}, false
	for _, r := range rooms {
		if (dir == r.dir || strings.HasPrefix(dir, r.dir+"/")) && (!found || len(r.dir) > len(best.dir)) {
			best, found = r, true
		}
	}
	return best, found
}

func has(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

// refused says why home may not import target; empty when it may.
func refused(home room, target string, test bool) string {
	if target == module || strings.HasPrefix(target, module+"/") {
		owner, ok := roomOf(strings.TrimPrefix(strings.TrimPrefix(target, module), "/"))
		switch {
		case !ok:
			return "that folder has no line in the allow-list of arch_test.go"
		case owner.dir == home.dir, home.uses == "*", has(home.uses, owner.dir), test && has(home.tests, owner.dir):
			return ""
		case has(home.tests, owner.dir):
			return "only its tests may"
		}
		return fmt.Sprintf("not in its line of the allow-list (it may use: %s)", cmp.Or(strings.TrimSpace(home.uses), "nothing of ours"))
	}
	for _, o := range outside {
		if strings.HasPrefix(target, o.prefix) {
			if has(o.rooms, home.dir) {
				return ""
			}
			return o.why
		}
	}
	first, _, _ := strings.Cut(target, "/")
	if home.dir == "clinic" && !test && strings.Contains(first, ".") {
		return "the rules are plain Go: the standard library only"
	}
	return ""
}

// words looks for what no file may contain. Packages named …test count as tests.
func (c *checker) words(name string, f *ast.File, home room, test bool) {
	mayReadClock := test || has("cmd e2e internal/clock drivers drivers/emulator", home.dir) // hardware waits in real time
	timeName := ""
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time"` {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			c.say(name, c.line(fn), "func init: nothing runs behind the reader's back; make it a function that cmd calls")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && setsDeadline(call) {
			return false // the kernel compares it with the wall clock: no other clock would be right
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch word := sel.Sel.Name; {
		case timeName != "" && x.Name == timeName && has("Now Since Until", word) && !mayReadClock:
			c.say(name, c.line(sel), "time.%s: the clock is a field; only cmd, internal/clock, drivers, e2e and tests read the wall clock", word)
		case timeName != "" && x.Name == timeName && word == "Sleep":
			c.say(name, c.line(sel), "time.Sleep: wait for an event, a timer or a context")
		case has("t b f tb", x.Name) && has("Skip Skipf SkipNow", word):
			c.say(name, c.line(sel), "%s.%s: a test that can skip hides a missing part; let it fail", x.Name, word)
		}
		return true
	})
}

func setsDeadline(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && has("SetDeadline SetReadDeadline SetWriteDeadline", sel.Sel.Name)
}

// tree reads every Go file beneath the root, but for testdata, hidden folders and
// other modules.
func tree(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." {
			_, own := fs.Stat(root, path.Join(name, "go.mod"))
			if base == "testdata" || base[0] == '.' || base[0] == '_' || own == nil {
				return fs.SkipDir
			}
		}
		if !d.IsDir() && path.Ext(name) == ".go" {
			data, err := fs.ReadFile(root, name)
			files[name] = string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAModuleOfItsOwnIsAnotherHouse(t *testing.T) {
	source := &fstest.MapFile{Data: []byte("package main\n")}
	got := tree(t, fstest.MapFS{
		"go.mod": {}, "arch_test.go": source, "e2e/bars/main.go": source, "e2e/bars/peers/gorm/go.mod": {},
		"e2e/bars/peers/gorm/main.go": source, "e2e/bars/peers/gorm/deeper/a.go": source, "clinic/testdata/a.go": source, ".build/a.go": source,
	})
	if names := strings.Join(slices.Sorted(maps.Keys(got)), " "); names != "arch_test.go e2e/bars/main.go" {
		t.Errorf("the tree is %s", names)
	}
}

func TestTheTreeKeepsTheRulesOfTheHouse(t *testing.T) {
	for _, breach := range check(tree(t, os.DirFS("."))) {
		t.Error(breach)
	}
}

func TestTheRootHoldsOnlyWhatItMay(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !has(topLevel, e.Name()) {
			t.Errorf("%s: not a name that the root of the repository may hold (topLevel in arch_test.go)", e.Name())
		}
	}
}

func TestEveryWordOfTheAllowListIsARoom(t *testing.T) {
	known := map[string]bool{"*": true}
	for _, r := range rooms {
		if known[r.dir] {
			t.Errorf("%s has two lines", r.dir)
		}
		known[r.dir] = true
	}
	for _, r := range rooms {
		for _, word := range strings.Fields(r.uses + " " + r.tests) {
			if !known[word] {
				t.Errorf("the line of %s names %s, which has no line", r.dir, word)
			}
		}
	}
}

// file gives a virtual source with a package comment, so that one breach can be shown at a time.
func file(pkg, rest string) string {
	return "// Package " + pkg + " is a trial.\npackage " + pkg + "\n" + rest + "\n"
}

func imports(pkg string, targets ...string) string {
	return file(pkg, "import _ \""+strings.Join(targets, "\"\nimport _ \"")+"\"")
}

func TestEachBreachIsNamedWithFileLineAndRule(t *testing.T) {
	for story, c := range map[string]struct{ name, source, want string }{
		"a folder without a line":       {"central/billing/a.go", file("billing", ""), "central/billing/a.go:1: the folder central/billing has no line"},
		"a folder beside the rooms":     {"util/a.go", file("util", ""), "util/a.go:1: the folder util has no line"},
		"an import of no room":          {"cmd/x/a.go", imports("main", "ezhitong.tw/pkg/x"), "cmd/x/a.go:3: cmd may not import ezhitong.tw/pkg/x: that folder has no line"},
		"the rules use another room":    {"clinic/a.go", imports("clinic", "ezhitong.tw/internal/seal"), "clinic/a.go:3: clinic may not import ezhitong.tw/internal/seal: not in its line"},
		"the rules use a module":        {"clinic/twid/a.go", imports("twid", "github.com/google/uuid"), "clinic may not import github.com/google/uuid: the rules are plain Go"},
		"a driver knows a person":       {"drivers/nhicard/a.go", imports("nhicard", "ezhitong.tw/clinic"), "drivers may not import ezhitong.tw/clinic"},
		"central reaches for the kiosk": {"central/hub/a.go", imports("hub", "ezhitong.tw/kiosk/replica"), "central/hub may not import ezhitong.tw/kiosk/replica"},
		"central reaches for a driver":  {"central/web/a.go", imports("web", "ezhitong.tw/drivers/escpos"), "central/web may not import ezhitong.tw/drivers/escpos"},
		"a door opens another door":     {"central/public/a.go", imports("public", "ezhitong.tw/central/staff"), "central/public may not import ezhitong.tw/central/staff"},
		"a door goes round booking":     {"central/staff/a.go", imports("staff", "ezhitong.tw/central/store"), "central/staff may not import ezhitong.tw/central/store: only its tests may"},
		"the store knows booking":       {"central/store/a.go", imports("store", "ezhitong.tw/central/booking"), "central/store may not import ezhitong.tw/central/booking"},
		"the kiosk reaches for central": {"kiosk/agent/a_test.go", imports("agent", "ezhitong.tw/central/hub"), "kiosk/agent may not import ezhitong.tw/central/hub"},
		"a screen talks to the network": {"kiosk/desk/a.go", imports("desk", "ezhitong.tw/kiosk/agent"), "kiosk/desk may not import ezhitong.tw/kiosk/agent"},
		"the agent draws":               {"kiosk/agent/a.go", imports("agent", "ezhitong.tw/kiosk/selfservice"), "kiosk/agent may not import ezhitong.tw/kiosk/selfservice"},
		"one screen uses the other":     {"kiosk/selfservice/a.go", imports("selfservice", "ezhitong.tw/kiosk/desk"), "kiosk/selfservice may not import ezhitong.tw/kiosk/desk"},
		"Fyne in the replica":           {"kiosk/replica/a.go", imports("replica", "fyne.io/fyne/v2"), "kiosk/replica may not import fyne.io/fyne/v2: only the screens"},
		"Fyne in the agent's tests":     {"kiosk/agent/a_test.go", imports("agent", "fyne.io/fyne/v2/test"), "kiosk/agent may not import fyne.io/fyne/v2/test"},
		"Fyne at the reception":         {"kiosk/reception/a.go", imports("reception", "fyne.io/fyne/v2/data/binding"), "kiosk/reception may not import fyne.io"},
		"Fyne among the cards":          {"kiosk/cards/a.go", imports("cards", "fyne.io/fyne/v2"), "kiosk/cards may not import fyne.io"},
		"Fyne in central":               {"central/web/a.go", imports("web", "fyne.io/fyne/v2/theme"), "central/web may not import fyne.io"},
		"a screen opens its own window": {"kiosk/desk/a.go", imports("desk", "fyne.io/fyne/v2/app"), "kiosk/desk may not import fyne.io/fyne/v2/app: only cmd opens windows"},
		"Gin behind the doors":          {"central/booking/a.go", imports("booking", "github.com/gin-gonic/gin"), "central/booking may not import github.com/gin-gonic/gin: Gin stops"},
		"Gin at the kiosk":              {"kiosk/agent/a.go", imports("agent", "github.com/gin-gonic/gin"), "kiosk/agent may not import github.com/gin-gonic/gin"},
		"PostgreSQL at the kiosk":       {"kiosk/replica/a.go", imports("replica", "github.com/jackc/pgx/v5/stdlib"), "kiosk/replica may not import github.com/jackc"},
		"a second SQLite":               {"e2e/a_test.go", imports("e2e", "modernc.org/sqlite"), "e2e may not import modernc.org/sqlite: a second SQLite"},
		"the emulator in the product":   {"kiosk/cards/a.go", imports("cards", "ezhitong.tw/drivers/emulator"), "kiosk/cards may not import ezhitong.tw/drivers/emulator: only its tests may"},
		"the emulator in a driver":      {"drivers/serialccid/a.go", imports("serialccid", "ezhitong.tw/drivers/emulator"), "drivers may not import ezhitong.tw/drivers/emulator: only its tests may"},
		"the simulator in the product":  {"central/hub/a.go", imports("hub", "ezhitong.tw/e2e/sim"), "central/hub may not import ezhitong.tw/e2e/sim"},
		"noise knows a message":         {"syncproto/noise/a.go", imports("noise", "ezhitong.tw/syncproto"), "syncproto/noise may not import ezhitong.tw/syncproto"},
		"a door uses a program":         {"central/hub/a.go", imports("hub", "ezhitong.tw/cmd/town"), "central/hub may not import ezhitong.tw/cmd/town: not in its line"},
		"a package without a sentence":  {"clinic/a.go", "package clinic\n", "clinic: no file has a package comment"},
		"a comment of another package":  {"clinic/a.go", "// Package store keeps.\npackage clinic\n", "clinic: no file has a package comment"},
		"a program without a sentence":  {"cmd/central/main.go", "package main\n", "cmd/central: no file has a package comment"},
		"init":                          {"clinic/a.go", file("clinic", "func init() {}"), "clinic/a.go:3: func init"},
		"a test that skips":             {"clinic/a_test.go", file("clinic", "import \"testing\"\nfunc TestX(t *testing.T) { t.Skip(\"later\") }"), "clinic/a_test.go:4: t.Skip"},
		"a benchmark that skips":        {"clinic/a_test.go", file("clinic", "import \"testing\"\nfunc BenchmarkX(b *testing.B) { b.SkipNow() }"), "clinic/a_test.go:4: b.SkipNow"},
		"a helper that skips":           {"central/store/storetest/a.go", file("storetest", "import \"testing\"\nfunc Open(tb testing.TB) { tb.Skipf(\"x\") }"), "a.go:4: tb.Skipf"},
		"a rule that reads the clock":   {"clinic/a.go", file("clinic", "import \"time\"\nvar now = time.Now"), "clinic/a.go:4: time.Now"},
		"a clock under another name":    {"kiosk/agent/a.go", file("agent", "import clock \"time\"\nfunc f(t clock.Time) clock.Duration { return clock.Since(t) }"), "kiosk/agent/a.go:4: time.Since"},
		"a program that sleeps":         {"cmd/town/a.go", file("main", "import \"time\"\nfunc f() { time.Sleep(1) }"), "cmd/town/a.go:4: time.Sleep"},
		"a test that sleeps":            {"e2e/a_test.go", file("e2e", "import \"time\"\nfunc f() { time.Sleep(1) }"), "e2e/a_test.go:4: time.Sleep"},
		"a file with too many purposes": {"clinic/a.go", file("clinic", strings.Repeat("// more\n", maxLines)), "clinic/a.go:603: 603 lines"},
		"a file that is not Go":         {"clinic/a.go", "package clinic\nfunc {", "clinic/a.go: does not parse"},
	} {
		t.Run(story, func(t *testing.T) {
			got := check(map[string]string{c.name: c.source})
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want one line with %q", got, c.want)
			}
		})
	}
}

func TestWhatTheRulesAllowPasses(t *testing.T) {
	got := check(map[string]string{
		"clinic/twid/a.go":               imports("twid", "errors", "ezhitong.tw/clinic"),
		"clinic/twid/a_test.go":          imports("twid_test", "pgregory.net/rapid"),
		"drivers/nhicard/a.go":           imports("nhicard", "ezhitong.tw/drivers/iso7816", "golang.org/x/text/encoding"),
		"kiosk/agent/a.go":               file("agent", "import (\n\"net\"\n\"time\"\n)\nfunc f(c net.Conn) error { return c.SetDeadline(time.Now().Add(time.Second)) }"),
		"drivers/serialccid/a.go":        imports("serialccid", "github.com/tarm/serial"),
		"drivers/serialccid/a_test.go":   imports("serialccid", "ezhitong.tw/drivers/emulator"),
		"central/booking/a.go":           imports("booking", "ezhitong.tw/central/store", "ezhitong.tw/clinic/twid", "ezhitong.tw/internal/seal"),
		"central/store/storetest/a.go":   file("storetest", "import \"time\"\nvar now = time.Now"),
		"central/public/a.go":            imports("public", "ezhitong.tw/central/booking", "ezhitong.tw/central/web", "github.com/gin-gonic/gin"),
		"central/public/a_test.go":       imports("public", "ezhitong.tw/central/store/storetest"),
		"kiosk/desk/a.go":                imports("desk", "fyne.io/fyne/v2/widget", "ezhitong.tw/kiosk/reception", "ezhitong.tw/kiosk/ui", "ezhitong.tw/drivers/escpos"),
		"kiosk/desk/notes.go":            "package desk\n",
		"internal/clock/a.go":            file("clock", "import \"time\"\nvar now = time.Now"),
		"cmd/kiosk/main.go":              "// Command kiosk is what a citizen meets.\npackage main\nimport _ \"fyne.io/fyne/v2/app\"\nimport _ \"ezhitong.tw/kiosk/agent\"\n",
		"e2e/a_test.go":                  imports("e2e_test", "ezhitong.tw/central/store", "ezhitong.tw/kiosk/agent", "ezhitong.tw/drivers/emulator"),
		"syncproto/decode.go":            file("syncproto", "func f(dec interface{ Skip() error }) error { return dec.Skip() }\ntype time struct{ Now int }\nvar y = time{}.Now"),
		"drivers/scanner/a.go":           file("scanner", "import \"time\"\nvar began = time.Now()"),
		"syncproto/noise/vector_test.go": imports("noise", "github.com/flynn/noise"),
	})
	for _, breach := range got {
		t.Error(breach)
	}
}
