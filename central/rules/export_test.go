package rules

import "slices"

// Fields gives the names that the checker knows, for each kind of object.
func Fields() map[string][]string {
	all := func(f fields) []string { return slices.Concat(f.must, f.may) }
	return map[string][]string{
		"programme": all(programmeFields()), "vaccine": all(vaccineFields()), "dose": all(doseFields()), "age": all(ageFields()),
	}
}
