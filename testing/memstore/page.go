package memstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// byName is the part p of all, ascending by a unique name. The cursor is the last name given, so rows that come and go shift nothing.
func byName[T any](all []T, p directory.Page, name func(T) string) (part []T, next string) {
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	for _, v := range all {
		if p.Cursor != "" && name(v) <= p.Cursor {
			continue
		}
		if len(part) == p.Limit {
			return part, name(part[len(part)-1])
		}
		part = append(part, v)
	}
	return part, ""
}

// newestFirst is the part p of all that are wanted, which ascend by ID, descending. The cursor is the last ID given.
func newestFirst[T any](all []T, p directory.Page, id func(T) int64, wanted func(T) bool) (part []T, next string, err error) {
	before := int64(0)
	if p.Cursor != "" {
		if before, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil {
			return nil, "", sso.Refuse("memstore.page", sso.BadRequest, "detail", "no such cursor").Because(err)
		}
	}
	for _, v := range slices.Backward(all) {
		if p.Cursor != "" && id(v) >= before || !wanted(v) {
			continue
		}
		if len(part) == p.Limit {
			return part, strconv.FormatInt(id(part[len(part)-1]), 10), nil
		}
		part = append(part, copyOf(v))
	}
	return part, "", nil
}
