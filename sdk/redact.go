package sdk

import "fmt"

// What a person's data says must not reach a log because somebody printed a whole request while hunting a fault. The three types that hold such
// data therefore print, marshal and log without it; whoever wants the text takes the field. String and GoString serve fmt, MarshalText serves slog
// and encoding/json. Reading JSON is not touched, so that fixtures can be loaded.

const redacted = "***"

// String names the attribute and counts its values.
func (a Attribute) String() string { return fmt.Sprintf("%s=%s(%d)", a.Name, redacted, len(a.Values)) }

// GoString returns String.
func (a Attribute) GoString() string { return a.String() }

// MarshalText returns String.
func (a Attribute) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String gives the format and hides the value.
func (n NameID) String() string { return redacted + "(" + n.Format + ")" }

// GoString returns String.
func (n NameID) GoString() string { return n.String() }

// MarshalText returns String.
func (n NameID) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// String tells where the value comes from and hides its text; "" for the zero Value.
func (v Value) String() string {
	if v == (Value{}) {
		return ""
	}
	return fmt.Sprintf("%s(%s)=%s", v.From, v.Op, redacted)
}

// GoString returns String.
func (v Value) GoString() string { return v.String() }

// MarshalText returns String.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
