package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

type sessionRow struct {
	Tenant          string `gorm:"primaryKey"`
	Hash            string `gorm:"primaryKey"`
	UserID          string
	Method          string
	Provider        string
	IDPEntityID     string `gorm:"column:idp_entity_id"`
	NameID          string
	NameIDFormat    string
	NameQualifier   string
	SPNameQualifier string `gorm:"column:sp_name_qualifier"`
	SessionIndex    string
	AuthnInstant    moment
	CreatedAt       moment `gorm:"autoCreateTime:false"`
	SeenAt          moment
	ExpiresAt       moment
}

func (sessionRow) TableName() string { return "sessions" }

func sessionRowOf(s sso.Session) sessionRow {
	return sessionRow{
		Tenant: string(s.Tenant), Hash: s.Hash, UserID: string(s.User), Method: string(s.Method), Provider: string(s.Provider),
		IDPEntityID: s.IDPEntityID, NameID: s.NameID.Value, NameIDFormat: s.NameID.Format,
		NameQualifier: s.NameID.NameQualifier, SPNameQualifier: s.NameID.SPNameQualifier, SessionIndex: s.SessionIndex,
		AuthnInstant: momentOf(s.AuthnInstant), CreatedAt: momentOf(s.CreatedAt), SeenAt: momentOf(s.SeenAt), ExpiresAt: momentOf(s.ExpiresAt),
	}
}

func (r sessionRow) noun() sso.Session {
	return sso.Session{
		Tenant: sso.TenantID(r.Tenant), Hash: r.Hash, User: sso.UserID(r.UserID), Method: sso.Method(r.Method), Provider: sso.ProviderKey(r.Provider),
		IDPEntityID: r.IDPEntityID,
		NameID: sso.NameID{
			Value: r.NameID, Format: r.NameIDFormat, NameQualifier: r.NameQualifier, SPNameQualifier: r.SPNameQualifier,
		},
		SessionIndex: r.SessionIndex,
		AuthnInstant: r.AuthnInstant.time(), CreatedAt: r.CreatedAt.time(), SeenAt: r.SeenAt.time(), ExpiresAt: r.ExpiresAt.time(),
	}
}

// Session implements login.Store. Nothing of it is cached: a session that was ended is gone at once, on every node.
func (s loginStore) Session(ctx context.Context, t sso.TenantID, hash string) (session sso.Session, u sso.User, err error) {
	const op = "store.session"
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		var row sessionRow
		if err := db.Where("tenant = ? AND hash = ?", t, hash).Take(&row).Error; err != nil {
			return fail(op, err)
		}
		var user userRow
		if err := db.Where("tenant = ? AND id = ?", t, row.UserID).Take(&user).Error; err != nil {
			return fail(op, err)
		}
		session, u = row.noun(), user.noun()
		return nil
	})
	return session, u, err
}

// Seen implements login.Store. A session that is gone is no error, and time only moves forward: nodes write in any order.
func (s loginStore) Seen(ctx context.Context, t sso.TenantID, hash string, at time.Time) error {
	done := s.write.WithContext(ctx).Model(&sessionRow{}).
		Where("tenant = ? AND hash = ? AND seen_at < ?", t, hash, momentOf(at)).Update("seen_at", momentOf(at))
	return fail("store.seen", done.Error)
}

// CreateSession implements login.Tx.
func (x loginTx) CreateSession(s sso.Session) error {
	const op = "store.create_session"
	if err := x.mine(op, s.Tenant); err != nil {
		return err
	}
	row := sessionRowOf(s)
	return failUnique(op, x.db.Create(&row).Error, sso.Duplicate)
}

// Sessions implements login.Tx.
func (x loginTx) Sessions(u sso.UserID) ([]sso.Session, error) {
	var rows []sessionRow
	err := x.db.Where("tenant = ? AND user_id = ?", x.tenant, u).Order("seen_at DESC, hash").Find(&rows).Error
	return mapped(rows, sessionRow.noun), fail("store.sessions", err)
}

// EndSession implements login.Tx.
func (x loginTx) EndSession(hash string) (s sso.Session, ok bool, err error) {
	const op = "store.end_session"
	own := x.db.Where("tenant = ? AND hash = ?", x.tenant, hash)
	var rows []sessionRow
	if err := own.Session(&gorm.Session{}).Find(&rows).Error; err != nil {
		return sso.Session{}, false, fail(op, err)
	}
	if len(rows) == 0 {
		return sso.Session{}, false, nil
	}
	done := own.Session(&gorm.Session{}).Delete(&sessionRow{})
	if done.Error != nil || done.RowsAffected == 0 { // another transaction was faster
		return sso.Session{}, false, fail(op, done.Error)
	}
	return rows[0].noun(), true, nil
}

// EndSessionsOf implements login.Tx.
func (x loginTx) EndSessionsOf(r sso.LogoutRequest) (ended []sso.Session, err error) {
	const op = "store.end_sessions_of"
	var rows []sessionRow
	if err := x.db.Where("tenant = ? AND name_id = ?", x.tenant, r.NameID.Value).Order("hash").Find(&rows).Error; err != nil {
		return nil, fail(op, err)
	}
	for _, row := range rows {
		session := row.noun()
		if !r.Concerns(session) {
			continue
		}
		done := x.db.Where("tenant = ? AND hash = ?", x.tenant, row.Hash).Delete(&sessionRow{})
		if done.Error != nil {
			return nil, fail(op, done.Error)
		}
		if done.RowsAffected > 0 { // else another transaction was faster
			ended = append(ended, session)
		}
	}
	return ended, nil
}

// endSessions ends what a change of settings ends (behaviour rule 7).
func (x *tx) endSessions(op string, end settings.EndSessions) error {
	own := x.db.Where("tenant = ?", x.tenant).Session(&gorm.Session{})
	if end.Passwords {
		err := own.Where("method = ? AND hash <> ?", sso.ByPassword, end.Except).Delete(&sessionRow{}).Error
		if err != nil {
			return fail(op, err)
		}
	}
	if end.Provider == "" {
		return nil
	}
	left := own.Where("method = ? AND provider = ?", sso.BySSO, end.Provider)
	if end.EntityID != "" {
		left = left.Where("idp_entity_id <> ?", end.EntityID)
	}
	return fail(op, left.Delete(&sessionRow{}).Error)
}

// EndSessions implements directory.Tx.
func (x directoryTx) EndSessions(id sso.UserID) error {
	return fail("store.end_sessions", x.db.Where("tenant = ? AND user_id = ?", x.tenant, id).Delete(&sessionRow{}).Error)
}

// EndAllSessions implements directory.Tx.
func (x directoryTx) EndAllSessions() error {
	return fail("store.end_sessions", x.db.Where("tenant = ?", x.tenant).Delete(&sessionRow{}).Error)
}
