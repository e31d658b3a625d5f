package store

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/idplug/idplug/core/sso"
)

type usedAssertionRow struct {
	Tenant      string `gorm:"primaryKey"`
	Issuer      string `gorm:"primaryKey"`
	AssertionID string `gorm:"primaryKey"`
	ExpiresAt   moment
}

func (usedAssertionRow) TableName() string { return "used_assertions" }

type usedRequestRow struct {
	Tenant    string `gorm:"primaryKey"`
	RequestID string `gorm:"primaryKey"`
	ExpiresAt moment
}

func (usedRequestRow) TableName() string { return "used_requests" }

// UseOnce implements login.Tx. The primary keys decide: also between transactions that run at the same moment one waits for the other and
// then finds the place taken.
func (x loginTx) UseOnce(issuer, assertionID, requestID string, until time.Time) error {
	const op = "store.once"
	assertion := usedAssertionRow{
		Tenant: string(x.tenant), Issuer: issuer, AssertionID: bounded(assertionID), ExpiresAt: momentOf(until),
	}
	if err := x.db.Create(&assertion).Error; err != nil {
		return failUnique(op, err, sso.ReplayAssertion)
	}
	request := usedRequestRow{Tenant: string(x.tenant), RequestID: bounded(requestID), ExpiresAt: momentOf(until)}
	return failUnique(op, x.db.Create(&request).Error, sso.ReplayRequest)
}

// UseLogout implements login.Tx. Providers give each message an ID of its own, so requests to log out share the table of assertions.
func (x loginTx) UseLogout(issuer, id string, until time.Time) error {
	row := usedAssertionRow{Tenant: string(x.tenant), Issuer: issuer, AssertionID: bounded(id), ExpiresAt: momentOf(until)}
	return failUnique("store.once", x.db.Create(&row).Error, sso.SLOReplay)
}

// maxID is longer than any ID that providers give; PostgreSQL's index rows end at about 2,700 bytes.
const maxID = 255

// bounded is an ID of bounded length: a longer one's hash, marked by a character that no XML ID holds.
func bounded(id string) string {
	if len(id) <= maxID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "#" + hex.EncodeToString(sum[:])
}
