package staff_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
)

// composed are the actions that are put together of two texts, by the first.
var composed = map[string][]string{
	"lease_":   {"lease_returned", "lease_over"},
	"standby_": {"standby_left", "standby_passed", "standby_promoted", "standby_offered", "standby_not_reached", "standby_declined", "standby_accepted"},
	"notice":   {"notice_sent", "notice_failed"},
}

// actionsInCode finds what central's rooms write into the audit trail: what is given to a parameter called action or
// put into a field or variable of that name.
func actionsInCode(t *testing.T) map[string]bool {
	t.Helper()
	files := token.NewFileSet()
	parsed := map[string]*ast.File{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		parsed[path] = file
		return err
	})
	must(t, err)
	takes := map[string]int{} // place of the parameter, by function of a room
	for path, f := range parsed {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				at := 0
				for _, p := range fn.Type.Params.List {
					for _, name := range p.Names {
						if name.Name == "action" {
							takes[filepath.Join(filepath.Dir(path), fn.Name.Name)] = at
						}
						at++
					}
				}
			}
		}
	}
	found := map[string]bool{}
	add := func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(e.Value)
			must(t, err)
			found[text] = true
		case *ast.BinaryExpr:
			first, ok := e.X.(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: an action of what?", files.Position(e.Pos()))
				return
			}
			text, err := strconv.Unquote(first.Value)
			must(t, err)
			if composed[text] == nil {
				t.Errorf("%s: an action begins with %q, and nobody says how it goes on", files.Position(e.Pos()), text)
			}
			for _, whole := range composed[text] {
				found[whole] = true
			}
		case *ast.Ident, *ast.SelectorExpr: // handed on, or from the database
		case *ast.CallExpr: // from a request
		default:
			t.Errorf("%s: an action of what?", files.Position(e.Pos()))
		}
	}
	for path, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name := ""
				switch fn := n.Fun.(type) {
				case *ast.Ident:
					name = fn.Name
				case *ast.SelectorExpr:
					name = fn.Sel.Name
				}
				if at, ok := takes[filepath.Join(filepath.Dir(path), name)]; ok && at < len(n.Args) {
					add(n.Args[at])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Action" {
					add(n.Value)
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					id, isVar := to.(*ast.Ident)
					sel, isField := to.(*ast.SelectorExpr)
					if isVar && id.Name == "action" || isField && sel.Sel.Name == "Action" {
						add(n.Rhs[i])
					}
				}
			}
			return true
		})
	}
	return found
}

func TestEveryActionOfTheAuditTrailHasItsWords(t *testing.T) {
	found := actionsInCode(t)
	if len(found) < 50 {
		t.Errorf("only %d actions are found", len(found))
	}
	for action := range found {
		for _, locale := range []string{"zh-TW", "en"} {
			if !i18n.Has(locale, "staff.action."+action) {
				t.Errorf("%s: %q has no words", locale, action)
			}
		}
	}
	w := open(t, options{})
	body := w.as("root").get("/staff/audit").body
	_, choice, _ := strings.Cut(body, `<select class="in" name="action">`)
	choice, _, _ = strings.Cut(choice, "</select>")
	for action := range found {
		if !strings.Contains(choice, `value="`+action+`"`) {
			t.Errorf("nobody can look for %q", action)
		}
	}
	if n := strings.Count(choice, "<option"); n != len(found)+1 {
		t.Errorf("%d actions can be looked for, there are %d: %v", n-1, len(found), slices.Sorted(maps.Keys(found)))
	}
}

func TestTheAuditTrailIsReadInWords(t *testing.T) {
	w := open(t, options{devices: put(asIs)})
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	p := w.as("root")
	a := p.get("/staff/audit")
	a.wants(t, 200, "<td>民眾</td><td>預約</td>", "<td>root</td><td>登入</td>", "<td>自動執行</td><td>啟動時載入資料</td>", "-<td>book</td>", "-<td>login</td>")
	p.get("/staff/audit?action=book").wants(t, 200, "<td>預約</td>", "-<td>登入</td>", `<option value="book" selected>預約</option>`)
	p.get("/staff/audit?action=something").wants(t, 200, "沒有符合的紀錄")
}

var english = regexp.MustCompile(`[a-z]{4}`)

func TestTheDetailOfEveryEntryIsReadInWords(t *testing.T) {
	w := open(t, options{})
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	w.as("bureau").get("/staff/bookings.csv?vaccine=" + bookingtest.XBB)
	for _, n := range []booking.Note{
		{Action: "receive", Detail: bookingtest.SiteA + " 3..7"},
		{Action: "move", Detail: bookingtest.SiteA + " 2026-11-23 to " + bookingtest.SiteB + " 2026-11-24"},
		{Action: "no_show", Object: bookingtest.SiteA, Detail: "2026-11-23 09:00: 2 not arrived"},
		{Action: "close_day", Detail: "2026-11-23: 2 not arrived"},
		{Action: "join_numbers", Detail: "2 bookings"},
		{Action: "purge_departures", Detail: "5 bookings that left"},
		{Action: "import_capacity", Detail: "8 rows, 1 added, 2 changed"},
		{Action: "device.enrol", Detail: bookingtest.SiteA + " kiosk B"},
		{Action: "device.turn_away", Detail: bookingtest.SiteA + " desk"},
		{Action: "device.code", Detail: "desk"},
		{Action: "account.add", Object: "chen", Detail: "site " + bookingtest.SiteA},
		{Action: "account.add", Object: "wang", Detail: "health_centre 豐原區"},
		{Action: "account.add", Object: "lin", Detail: "bureau"},
		{Action: "dismiss_event", Detail: bookingtest.SiteA + " 重複"},
		{Action: "correct", Detail: "name mobile"},
		{Action: "login.refused", Object: "chen", Detail: account.RefusedWrong},
		{Action: "account.export", Object: "all accounts"},
		{Action: "export", Object: "all sites", Detail: "programme= vaccine= period= from=2026-11-23 to=2026-11-24 state=arrived show=9"},
	} {
		n.Actor = "root"
		must(t, w.Engine.Audit(t.Context(), n))
	}
	a := w.as("root").get("/staff/audit")
	a.wants(t, 200, "第 3 到 7 筆", "115年11月23日，改到 "+bookingtest.SiteB+" ", "115年11月23日 09:00 的時段，2 人未到場", ">115年11月23日，2 人未到場<", "2 筆預約", "5 筆離開的預約",
		"8 列：新增 1，修改 2", "自助機 B", "，櫃檯<", ">櫃檯<", "合約院所，"+bookingtest.SiteA+" ", "衛生所，豐原區", ">衛生局<", "，理由：重複", "姓名，手機", "帳號或密碼不符",
		">全部帳號<", "115年11月23日起；到115年11月24日；狀態 已報到；看得到姓名，電話", "疫苗 "+bookingtest.XBB+"；看得到出生日期，姓名，證號，電話")
	_, rows, _ := strings.Cut(a.body, "<tbody>")
	rows, _, _ = strings.Cut(rows, "</tbody>")
	for row := range strings.SplitSeq(rows, "</tr>") {
		_, detail, _ := strings.Cut(row, `<td class="long">`)
		detail, _, _ = strings.Cut(detail, "</td>")
		if english.MatchString(detail) {
			t.Errorf("English in the detail: %s", detail)
		}
	}
}
