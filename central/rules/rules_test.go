package rules_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	assets "ezhitong.tw/assets/city"
	"ezhitong.tw/central/rules"
	"ezhitong.tw/clinic"
)

// open reads a file of testdata, or of docs, under a short name.
func open(t testing.TB, path ...string) rules.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return rules.File{Name: path[len(path)-1], Data: data}
}

func said(findings []rules.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.Error() + "\n")
	}
	return b.String()
}

// Beside every NAME.json of testdata stands NAME.txt with all that is said about it.
func TestEveryBadFileIsToldWhatIsWrongAndWhere(t *testing.T) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) < 38 {
		t.Fatal(len(names), err)
	}
	for _, path := range names {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			want := string(open(t, "testdata", strings.TrimSuffix(name, ".json")+".txt").Data)
			programmes, findings := rules.Check(open(t, "testdata", name))
			if got := said(findings); got != want {
				t.Errorf("said\n%swant\n%s", got, want)
			}
			if (len(programmes) == 1) != (len(findings) == 0) || (name == "good.json") != (len(findings) == 0) {
				t.Errorf("%d programmes, %d findings", len(programmes), len(findings))
			}
		})
	}
}

// embedded gives the files of the city's own programmes.
func embedded(t testing.TB) []rules.File {
	t.Helper()
	var files []rules.File
	for _, name := range []string{"covid19.json", "influenza.json", "mpox.json"} {
		data, err := assets.Files.ReadFile("programmes/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rules.File{Name: name, Data: data})
	}
	return files
}

func examples(t testing.TB) []rules.File {
	t.Helper()
	return []rules.File{open(t, "../../docs/examples", "pneumococcal-elders.json"), open(t, "../../docs/examples", "childhood.json")}
}

func TestTheCitysProgrammesAndTheExamplesAreGoodTogether(t *testing.T) {
	programmes, findings := rules.Check(append(embedded(t), examples(t)...)...)
	if len(findings) > 0 || len(programmes) != 5 {
		t.Errorf("%d programmes\n%s", len(programmes), said(findings))
	}
}

func TestTwoFilesThatClashAreBothNamed(t *testing.T) {
	one, two := open(t, "testdata", "good.json"), open(t, "testdata", "good.json")
	two.Name = "again.json"
	_, findings := rules.Check(one, two)
	got := said(findings)
	for _, want := range []string{
		"again.json:2:11: 疫苗計畫代碼「shingles」已用在 good.json 第 2 行 / the programme shingles is in good.json, line 2, already",
		"again.json:9:14: 疫苗代碼「rzv」已用在 good.json 第 9 行 / the vaccine rzv is in good.json, line 9, already",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestAFileThatIsTooLongIsNotRead(t *testing.T) {
	f := open(t, "testdata", "good.json")
	f.Data = append(f.Data, strings.Repeat(" ", rules.MaxBytes)...)
	if _, findings := rules.Check(f); len(findings) != 1 || !strings.Contains(findings[0].Chinese, "超過 256 KB") {
		t.Error(said(findings))
	}
}

func TestAFileThatIsWrongOnEveryLineIsNotToldEverything(t *testing.T) {
	var b strings.Builder
	b.WriteString("{\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "  \"field%d\": [],\n", i)
	}
	b.WriteString("  \"code\": \"x\"\n}\n")
	_, findings := rules.Check(rules.File{Name: "long.json", Data: []byte(b.String())})
	if len(findings) != 200 || findings[0].Line != 2 || findings[199].Chinese != "後面還有，請先改前面這些" {
		t.Errorf("%d findings, the last: %v", len(findings), findings[len(findings)-1])
	}
}

// The checker names the fields itself, to say which are missing; clinic.Programme decides which there are.
func TestTheCheckerKnowsEveryFieldOfAProgramme(t *testing.T) {
	for what, known := range rules.Fields() {
		var tags []string
		for f := range fieldsOf(map[string]reflect.Type{
			"programme": reflect.TypeFor[clinic.Programme](), "vaccine": reflect.TypeFor[clinic.Vaccine](),
			"dose": reflect.TypeFor[clinic.DoseRule](), "age": reflect.TypeFor[clinic.AgeBand](),
		}[what]) {
			tags = append(tags, f)
		}
		slices.Sort(tags)
		slices.Sort(known)
		if !slices.Equal(tags, known) {
			t.Errorf("%s: the checker knows %v, the program reads %v", what, known, tags)
		}
	}
}

func fieldsOf(t reflect.Type) map[string]bool {
	names := make(map[string]bool)
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

func TestTheWordsAreKind(t *testing.T) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range names {
		_, findings := rules.Check(open(t, path))
		for _, f := range findings {
			for _, harsh := range []string{"！", "錯誤", "失敗", "非法", "無效", "系統", "你"} {
				if strings.Contains(f.Chinese, harsh) {
					t.Errorf("%s: %q says %s", path, f.Chinese, harsh)
				}
			}
		}
	}
}

// Whatever the bytes are: a finding lies in the file and is whole, and what passes is read the same when it is
// written again.
func FuzzCheck(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range names {
		f.Add(open(f, path).Data)
	}
	for _, file := range append(embedded(f), examples(f)...) {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		programmes, findings := rules.Check(rules.File{Name: "f.json", Data: data})
		lines := strings.Split(string(data), "\n")
		for _, finding := range findings {
			if finding.Line < 1 || finding.Line > len(lines) || finding.Column < 1 || finding.Column > 1+utf8.RuneCountInString(lines[finding.Line-1]) {
				t.Errorf("outside the file: %v", finding)
			}
			if text := finding.Error(); strings.Contains(text, "%!") || strings.ContainsAny(text, "\n\r\x1b") || !utf8.ValidString(text) {
				t.Errorf("not whole: %q", text)
			}
		}
		if len(findings) > 0 {
			return
		}
		again, err := json.Marshal(programmes[0])
		if err != nil {
			t.Fatal(err)
		}
		second, findings := rules.Check(rules.File{Name: "again.json", Data: again})
		if len(findings) > 0 || !reflect.DeepEqual(second, programmes) {
			t.Errorf("written again:\n%s\n%s", again, said(findings))
		}
	})
}
