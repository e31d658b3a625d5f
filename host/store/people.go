package store

import (
	"context"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// Users implements directory.Store.
func (s directoryStore) Users(ctx context.Context, t sso.TenantID, q directory.UserQuery) (out []directory.Person, next string, err error) {
	const op = "store.users"
	by := orderOf(q)
	after, err := cursor(op, q.Page)
	if err != nil {
		return nil, "", err
	}
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if err := exists(db, t); err != nil {
			return err
		}
		find := db.Where("tenant = ?", t)
		if q.Cursor != "" {
			if find, err = by.from(op, find, after); err != nil {
				return err
			}
		}
		if q.Search != "" {
			find = find.Where(`search LIKE ? ESCAPE '\'`, like(searchable(q.Search)))
		}
		if q.Status != "" {
			find = find.Where("status = ?", q.Status)
		}
		if q.Role != "" {
			find = holding(find, "roles", q.Role)
		}
		var rows []userRow
		if err := find.Order(by.clause()).Limit(q.Limit + 1).Find(&rows).Error; err != nil {
			return fail(op, err)
		}
		rows, next = page(rows, q.Limit, by.at)
		out, err = withIdentities(db, t, rows)
		return err
	})
	return out, next, err
}

// userOrder is an order of the rows in which each has a place of its own, so that a cursor can name the place where a list goes on.
type userOrder struct {
	column     string // of text that is unique in the tenant
	first      string // a column of moments that counts before it, "" for none
	descending bool
}

func orderOf(q directory.UserQuery) userOrder {
	by := userOrder{column: "email", descending: q.Descending}
	switch q.Order {
	case directory.ByEmail:
	case directory.ByName:
		by.column = "search" // the name in lower case, and the address
	case directory.ByCreation:
		by.first = "created_at"
	case directory.ByLastLogin:
		by.first = "last_login_at"
	}
	return by
}

func (o userOrder) clause() string {
	way := ""
	if o.descending {
		way = " DESC"
	}
	if o.first != "" {
		return o.first + way + ", " + o.column + way
	}
	return o.column + way
}

// at is the place of a row.
func (o userOrder) at(r userRow) string {
	place := r.Email
	if o.column == "search" {
		place = r.Search
	}
	switch o.first {
	case "created_at":
		return strconv.FormatInt(int64(r.CreatedAt), 10) + "\n" + place
	case "last_login_at":
		return strconv.FormatInt(int64(r.LastLoginAt), 10) + "\n" + place
	}
	return place
}

// from selects what comes behind a place.
func (o userOrder) from(op string, db *gorm.DB, place string) (*gorm.DB, error) {
	than := ">"
	if o.descending {
		than = "<"
	}
	if o.first == "" {
		return db.Where(o.column+" "+than+" ?", place), nil
	}
	first, text, _ := strings.Cut(place, "\n")
	moment, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return nil, sso.Refuse(op, sso.BadRequest, "detail", "no such cursor").Because(err)
	}
	return db.Where("("+o.first+", "+o.column+") "+than+" (?, ?)", moment, text), nil
}
