// Package nhicard is the public basic data of a National Health Insurance card (健保卡): the one record every
// reader may read without PIN, SAM or network.
//
// The commands and the layout are those on which several public programs agree (magiclen/tw-nhi-icc-service,
// icope_tool, nhi-pas-fhir and others). Whether a card was cancelled is not in this record.
package nhicard

import (
	"errors"
	"fmt"
)

var (
	// ErrNotNHI says that the card is none of the National Health Insurance.
	ErrNotNHI = errors.New("not an NHI card")
	// ErrHPC says that the card is a health professional card (醫事人員卡); it wraps ErrNotNHI. A clinic keeps
	// one in a second reader, so it may mean "no patient's card yet".
	ErrHPC = fmt.Errorf("health professional card: %w", ErrNotNHI)
	// ErrRecord says that the card answered like an NHI card but its record is not sound; see RecordError.
	ErrRecord = errors.New("the record on the card is not sound")
)

// Field names a part of the record.
type Field string

// The parts of the record that can be unsound. A name never is: any bytes can be a name.
const (
	FieldLength Field = "length"
	FieldNumber Field = "number"
	FieldID     Field = "id"
	FieldBirth  Field = "birth"
	FieldSex    Field = "sex"
	FieldIssued Field = "issued"
)

// RecordError is ErrRecord with the field that is at fault. It holds none of the person's data.
type RecordError struct{ Field Field }

func (e *RecordError) Error() string { return fmt.Sprintf("%v: %s", ErrRecord, string(e.Field)) }

// Unwrap makes it an ErrRecord.
func (e *RecordError) Unwrap() error { return ErrRecord }
