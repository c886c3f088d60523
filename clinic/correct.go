package clinic

// Field is a part of a person's data that can be corrected after a booking. Its text
// is kept in databases and never changes.
type Field string

// The fields.
const (
	FieldNumber   Field = "number"
	FieldName     Field = "name"
	FieldBirth    Field = "birth"
	FieldMobile   Field = "mobile"
	FieldLandline Field = "landline"
)

// Correction is the last change of a field: the version of the booking that it made,
// 0 for none, and whether it was the citizen's.
type Correction struct {
	Version int64
	Citizen bool
}

// Yields reports whether a field, corrected last so, is corrected again by somebody who
// saw the booking in a version. Whoever saw the last correction may correct it. Of two
// who did not know of each other the citizen is right about their own phones, and staff,
// who held the papers in their hands, about number, name and date of birth; it does not
// matter who is heard first. Of two members of staff the first one heard is right.
func (f Field) Yields(last Correction, citizen bool, seen int64) bool {
	if last.Version <= seen {
		return true
	}
	if citizen == last.Citizen {
		return citizen
	}
	return citizen == (f == FieldMobile || f == FieldLandline)
}
