package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Form reads the body of a form; call it before c.PostForm, which hides what went wrong. A body beyond the limit is
// *http.MaxBytesError (413), one that is no form ErrMalformed.
func Form(c *gin.Context) error {
	err := c.Request.ParseForm()
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return err
	case err != nil:
		return ErrMalformed
	}
	return nil
}

// Field is one input of a form, for the partials "field" and "check". What was typed comes back as it was.
type Field struct {
	Name     string // of the input and its id
	Label    string
	Hint     string
	Fault    string // the message when it has to be mended
	Value    string
	Type     string // of the input; empty means text
	Mode     string // inputmode, for the keyboard of a phone
	Complete string // autocomplete, WCAG 1.3.5
	Max      int    // characters
	Required bool   // asks browsers to insist; the server always does
	Focus    bool   // the first fault gets the focus
}

// Fault is something to be mended: its message stands beside the field, and in the summary on top, there shortened when
// Short is given.
type Fault struct{ Field, Text, Short string }
