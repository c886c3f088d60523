package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// doors tells, for each file that names refusals, under which keys the doors that say them look for their words. The
// rules of clinic can stop anybody, a citizen first of all: every door falls back on their words.
var doors = map[string]string{
	"clinic/refusal.go":             "refusal.",
	"central/booking/programme.go":  "refusal.", // the console
	"central/console/programme.go":  "refusal.",
	"central/hub/bundle.go":         "refusal.", // the console says them
	"central/booking/capacity.go":   "staff.refusal.",
	"central/booking/joined.go":     "staff.refusal.",
	"central/booking/recall.go":     "staff.refusal.",
	"central/account/account.go":    "staff.refusal.",          // the console says them too
	"central/fleet/approve.go":      "staff.refusal. refusal.", // each door has its own
	"central/fleet/enrol.go":        "staff.refusal.",          // the console says them too
	"central/fleet/reset.go":        "staff.refusal.",
	"central/staff/capacityfile.go": "staff.refusal.",
	"central/fleet/keys.go":         "refusal.", // the console
	"central/vault/vault.go":        "refusal.", // the console
	"kiosk/replica/identity.go":     "refusal.",
}

// refusals reads the codes that a file names, and the arguments that the comment beside each promises.
func refusals(t *testing.T, name string) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string][]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if !strings.HasPrefix(strings.ToLower(v.Names[0].Name), "refused") {
				continue
			}
			code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[code] = promised(v.Comment.Text())
		}
	}
	return codes
}

// promised reads a comment such as "args: days, earliest (the first day)".
func promised(comment string) (names []string) {
	_, list, _ := strings.Cut(comment, "args:")
	list, _, _ = strings.Cut(list, ";")
	for word := range strings.SplitSeq(list, ",") {
		if fields := strings.Fields(word); len(fields) > 0 {
			names = append(names, fields[0])
		}
	}
	return names
}

func TestEveryRefusalHasWordsAtItsDoor(t *testing.T) {
	said := map[string]bool{}
	for file, prefixes := range doors {
		codes := refusals(t, filepath.Join("..", "..", file))
		if len(codes) == 0 {
			t.Errorf("%s names no refusal", file)
		}
		for code, args := range codes {
			for prefix := range strings.FieldsSeq(prefixes) {
				said[prefix+code] = true
				hasWords(t, prefix+code, args)
			}
		}
	}
	for key := range embedded()[Default] {
		if strings.HasPrefix(key, "refusal.") && !said[key] {
			t.Errorf("%q is no rule's code", key)
		}
	}
}

// hasWords holds a refusal's words in every language against the arguments that its rule gives.
func hasWords(t *testing.T, key string, args []string) {
	t.Helper()
	for _, locale := range Locales() {
		text, ok := embedded()[locale][key]
		if !ok {
			t.Errorf("%s has no %q", locale, key)
		}
		for _, a := range arguments(text) {
			if name, _, _ := strings.Cut(a, ":"); !slices.Contains(args, name) {
				t.Errorf("%s: %s of %q is not among the arguments of the rule, %v", locale, a, key, args)
			}
		}
	}
}

func TestNoFileNamesRefusalsBesides(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, room := range []string{"clinic", "central"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err == nil && len(refusals(t, path)) > 0 && doors[filepath.ToSlash(name)] == "" {
				t.Errorf("%s names refusals: say in doors who has words for them", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
