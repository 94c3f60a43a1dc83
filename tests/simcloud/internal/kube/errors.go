package kube

import (
	"fmt"
	"strings"
)

// Reason is the API server's word for why it refuses.
type Reason string

// The reasons.
const (
	Invalid       Reason = "Invalid"
	BadRequest    Reason = "BadRequest"
	NotFound      Reason = "NotFound"
	AlreadyExists Reason = "AlreadyExists"
	Conflict      Reason = "Conflict"
	Forbidden     Reason = "Forbidden"
)

var httpCodes = map[Reason]int{Invalid: 422, BadRequest: 400, NotFound: 404, AlreadyExists: 409, Conflict: 409, Forbidden: 403}

// StatusError is a refusal by the API server.
type StatusError struct {
	Code    int
	Reason  Reason
	Message string
	// Causes are the fields that are wrong, if it is about fields.
	Causes []Cause
}

// Cause is one field that is wrong.
type Cause struct {
	// Rule is the rule that found it.
	Rule string
	// Type is the API server's word, such as "Invalid value".
	Type string
	// Field is its path, such as spec.template.spec.containers[0].name.
	Field string
	// Value is what is wrong, if that is part of the message.
	Value any
	// Detail says what would be right.
	Detail string
}

func (e *StatusError) Error() string { return e.Message }

func refuse(reason Reason, format string, args ...any) *StatusError {
	return &StatusError{Code: httpCodes[reason], Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// The types of causes.
const (
	invalidValue     = "Invalid value"
	requiredValue    = "Required value"
	unsupportedValue = "Unsupported value"
	duplicateValue   = "Duplicate value"
	forbiddenValue   = "Forbidden"
	notFoundValue    = "Not found"
	tooLong          = "Too long"
	tooMany          = "Too many"
)

func (c Cause) String() string {
	text := c.Field + ": " + c.Type
	switch c.Type {
	case requiredValue, forbiddenValue, tooLong, tooMany:
	default:
		text += ": " + show(c.Value)
	}
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	return text
}

// invalid makes the error for an object with wrong fields.
func invalid(kind Kind, name string, causes []Cause) *StatusError {
	var texts []string
	for _, c := range causes {
		texts = append(texts, c.String())
	}
	list := strings.Join(texts, ", ")
	if len(texts) > 1 {
		list = "[" + list + "]"
	}
	e := refuse(Invalid, "%s %q is invalid: %s", kind.qualified(kind.Kind), name, list)
	e.Causes = causes
	return e
}
