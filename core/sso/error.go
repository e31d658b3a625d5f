package sso

import "errors"

// Error is a refusal that crosses rooms. Its code is stable and public, its cause is private: Err is logged, never shown.
type Error struct {
	Code     Code
	Op       string            // where it was refused: "settings.save"
	Params   map[string]string // for the public text of the code
	Problems Problems          // what is wrong by field, for codes that have fields
	Err      error             // the cause, may be nil
}

// Error gives operation, code and cause; it is for logs.
func (e *Error) Error() string {
	s := e.Op + ": " + string(e.Code)
	if len(e.Problems) > 0 {
		s += " (" + e.Problems.String() + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Err }

// Refuse makes an Error; params are name, value, name, value.
func Refuse(op string, code Code, params ...string) *Error {
	e := &Error{Op: op, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		e.Params[params[i]] = params[i+1]
	}
	return e
}

// Because adds the private cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// With adds problems by field.
func (e *Error) With(ps Problems) *Error {
	e.Problems = ps
	return e
}

// CodeOf returns the code of err, or [Internal] for an error that has none, or "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
