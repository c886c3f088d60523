// Package city holds the profile of Taichung as data: its districts and health centres, contract clinics, programmes,
// templates of periods, and invented people for demonstrations. Each file says under "about" what in it is public and
// what is made up. Another city replaces the files.
package city

import (
	"embed"
	"encoding/json"
	"fmt"
)

// Files holds districts.json, sites.json, periods.json, people.json and programmes/CODE.json.
//
//go:embed *.json programmes/*.json
var Files embed.FS

// Person is an invented person with an NHI card, for the emulated reader, tests and the manual.
type Person struct {
	ID     string `json:"id"` // a valid national ID or resident certificate number
	Name   string `json:"name"`
	Birth  string `json:"birth"`  // 2006-01-02
	Sex    string `json:"sex"`    // M or F
	Card   string `json:"card"`   // twelve digits
	Issued string `json:"issued"` // 2006-01-02
	Note   string `json:"note"`   // what this person is good for in a test
}

// People gives the invented people.
func People() ([]Person, error) {
	raw, err := Files.ReadFile("people.json")
	if err != nil {
		return nil, fmt.Errorf("read the people of the profile: %w", err)
	}
	var list struct {
		People []Person `json:"people"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("people.json: %w", err)
	}
	return list.People, nil
}
