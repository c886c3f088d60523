package rules

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON value and where it begins.
type node struct {
	at      int
	kind    jsontext.Kind // { [ " 0 t f n
	text    string        // of a string; of a number as it is written
	members []member
	items   []*node
}

// member is a field of an object.
type member struct {
	name  string
	at    int
	value *node
}

// lineStarts gives the offset at which each line begins.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// parse reads the file's one value; nil when it is not JSON, which is said.
func (c *checker) parse() *node {
	data := c.file.Data
	switch {
	case len(data) > MaxBytes:
		c.say(0, "這個檔案超過 %d KB，不像疫苗計畫", "the file has more than %d KB: this is no programme", MaxBytes>>10)
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		c.say(0, "檔案是空的，請從範例開始寫", "the file is empty: begin with one of the examples")
		return nil
	case bytes.HasPrefix(data, []byte("\ufeff")):
		c.say(0, "檔案開頭有 BOM，請存成不含 BOM 的 UTF-8", "the file begins with a byte order mark: save it as UTF-8 without BOM")
		return nil
	}
	r := reader{data: data, dec: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))}
	root, err := r.value()
	if err != nil {
		c.syntax(&r, err)
		return nil
	}
	at := r.next()
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		c.say(at, "檔案到前面就該結束，這裡之後多了內容", "the file should have ended before this")
		return nil
	}
	return root
}

// reader makes nodes of tokens.
type reader struct {
	data []byte
	dec  *jsontext.Decoder
}

// next is where the next token begins.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	return at + len(r.data[at:]) - len(bytes.TrimLeft(r.data[at:], " \t\r\n,:"))
}

func (r *reader) value() (*node, error) {
	n := &node{at: r.next()}
	token, err := r.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch n.kind = token.Kind(); n.kind {
	case '"', '0':
		n.text = token.String()
	case '[':
		for r.dec.PeekKind() != ']' {
			item, err := r.value()
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = r.dec.ReadToken()
	case '{':
		for r.dec.PeekKind() != '}' {
			m := member{at: r.next()}
			name, err := r.dec.ReadToken()
			if err != nil {
				return nil, err
			}
			m.name = name.String()
			if m.value, err = r.value(); err != nil {
				return nil, err
			}
			n.members = append(n.members, m)
		}
		_, err = r.dec.ReadToken()
	}
	return n, err
}

// syntax says in words why the file is not JSON.
func (c *checker) syntax(r *reader, err error) {
	at := r.next()
	var fault *jsontext.SyntacticError
	if errors.As(err, &fault) {
		at = int(fault.ByteOffset)
	}
	rest := c.file.Data[min(at, len(c.file.Data)):]
	char, size := utf8.DecodeRune(rest)
	inside, count := r.dec.StackIndex(r.dec.StackDepth())
	due := r.next() // where the token that can't be read begins
	nameDue := inside == '{' && count%2 == 0 && endsWith(c.file.Data[:due], "{,")
	valueDue := endsWith(c.file.Data[:due], ":[,")
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), size == 0:
		c.say(len(c.file.Data), "檔案在這裡就結束了，請補上還缺的引號、] 或 }", "the file ends here: a quote, ] or } is still missing")
	case char == utf8.RuneError && size == 1:
		c.say(at, "這裡不是 UTF-8，請把檔案存成 UTF-8", "this is not UTF-8: save the file as UTF-8")
	case char == ',' && endsAfterComma(rest[1:]):
		c.say(at, "最後一項後面多了逗號，請刪掉", "a comma follows the last item: remove it")
	case strings.ContainsRune("'‘’“”「」『』＂", char):
		c.say(at, "文字要放在半形雙引號 \" 裡，不是 %c", "texts stand in straight double quotes, not %c", char)
	case strings.ContainsRune("，：、；｛｝［］", char):
		c.say(at, "標點 %c 要用半形", "the punctuation %c must be the narrow one", char)
	case char == '/' || char == '#':
		c.say(at, "JSON 裡不能寫註解，請刪掉", "JSON has no comments: remove it")
	case char == '\\':
		c.say(at, "反斜線這樣寫讀不懂，反斜線本身請寫成 \\\\", "this backslash means nothing; a backslash itself is written \\\\")
	case char < ' ':
		c.say(at, "文字裡不能直接換行或按 Tab，請寫成 \\n 或 \\t", "a text may not hold a line break or tab: write \\n or \\t")
	case nameDue && unicode.IsLetter(first(c.file.Data[due:])):
		c.say(due, "欄位名稱要放在雙引號裡", "the field's name must stand in double quotes")
	case valueDue && unicode.IsLetter(first(c.file.Data[due:])):
		c.say(due, "文字要放在雙引號裡", "a text must stand in double quotes")
	case inside == '{' && count%2 == 1 && !valueDue && char != '}' && char != ']':
		c.say(at, "欄位名稱後面少了冒號", "a colon is missing after the field's name")
	case (char == '"' || char == '{' || char == '[' || char == '-' || unicode.IsDigit(char)) && count > 0:
		c.say(at, "前一項後面少了逗號", "a comma is missing after the item before this")
	case char == '}' || char == ']':
		c.say(at, "這個 %c 和前面的括號不成對", "this %c does not close the bracket before it", char)
	default:
		c.say(at, "這裡的寫法不是 JSON", "this is not written as JSON")
	}
}

// endsAfterComma reports whether a bracket closes right after a comma.
func endsAfterComma(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && (rest[0] == '}' || rest[0] == ']')
}

// endsWith reports whether the last byte that is not space is one of some.
func endsWith(before []byte, chars string) bool {
	before = bytes.TrimRight(before, " \t\r\n")
	return len(before) > 0 && strings.IndexByte(chars, before[len(before)-1]) >= 0
}

func first(text []byte) rune {
	char, _ := utf8.DecodeRune(text)
	return char
}
