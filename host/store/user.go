package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// userRow is a person. Roles and inboxes are lists in the row itself: a login reads and writes a person as one row, and who holds a key is
// asked only when an administrator changes a catalogue, by a scan of one tenant. A table of holders beside it would be a second truth.
type userRow struct {
	Tenant       string `gorm:"primaryKey"`
	ID           string `gorm:"primaryKey"`
	Email        string
	Name         string
	Search       string
	Roles        document[[]sso.Key]
	Inboxes      document[[]sso.Key]
	Status       string
	PasswordHash string
	CreatedAt    moment `gorm:"autoCreateTime:false"`
	LastLoginAt  moment
	LogoutAt     moment
	LogoutAuthn  moment
}

func (userRow) TableName() string { return "users" }

func userRowOf(u sso.User) userRow {
	return userRow{
		Tenant: string(u.Tenant), ID: string(u.ID), Email: string(u.Email), Name: u.Name,
		Search: strings.ToLower(u.Name) + "\n" + string(u.Email), // Go's lower case on both databases; no name holds the line break
		Roles:  documentOf(u.Roles), Inboxes: documentOf(u.Inboxes), Status: string(u.Status), PasswordHash: u.PasswordHash,
		CreatedAt: momentOf(u.CreatedAt), LastLoginAt: momentOf(u.LastLoginAt),
		LogoutAt: momentOf(u.Logout.At), LogoutAuthn: momentOf(u.Logout.AuthnInstant),
	}
}

func (r userRow) noun() sso.User {
	return sso.User{
		Tenant: sso.TenantID(r.Tenant), ID: sso.UserID(r.ID), Email: sso.Email(r.Email), Name: r.Name, Roles: r.Roles.v, Inboxes: r.Inboxes.v,
		Status: sso.Status(r.Status), PasswordHash: r.PasswordHash, CreatedAt: r.CreatedAt.time(), LastLoginAt: r.LastLoginAt.time(),
		Logout: sso.Logout{At: r.LogoutAt.time(), AuthnInstant: r.LogoutAuthn.time()},
	}
}

// forUpdate locks the users that are read, so that what a transaction knows of a person stays true until it writes them: a login must not
// undo a deactivation that came in between.
func (x *tx) forUpdate() *gorm.DB {
	return x.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Table: clause.Table{Name: "users"}})
}

// findUser takes the one user that db selects; ok is false when there is none.
func findUser(op string, db *gorm.DB) (u sso.User, ok bool, err error) {
	var rows []userRow
	if err := db.Limit(1).Find(&rows).Error; err != nil {
		if unstorable(err) {
			return sso.User{}, false, nil
		}
		return sso.User{}, false, fail(op, err)
	}
	if len(rows) == 0 {
		return sso.User{}, false, nil
	}
	return rows[0].noun(), true, nil
}

func byEmail(db *gorm.DB, t sso.TenantID, e sso.Email) *gorm.DB {
	return db.Where("tenant = ? AND email = ?", t, e)
}

// UserByEmail implements login.Store.
func (s loginStore) UserByEmail(ctx context.Context, t sso.TenantID, e sso.Email) (sso.User, bool, error) {
	return findUser("store.user_by_email", byEmail(s.read.WithContext(ctx), t, e))
}

// UserByEmail implements directory.Tx.
func (x directoryTx) UserByEmail(e sso.Email) (sso.User, bool, error) {
	return findUser("store.user_by_email", byEmail(x.forUpdate(), x.tenant, e))
}

// UserByEmail implements login.Tx.
func (x loginTx) UserByEmail(e sso.Email) (sso.User, bool, error) {
	return findUser("store.user_by_email", byEmail(x.forUpdate(), x.tenant, e))
}

// User implements the Tx of login and directory.
func (x *tx) User(id sso.UserID) (sso.User, error) {
	var row userRow
	err := x.forUpdate().Where("tenant = ? AND id = ?", x.tenant, id).Take(&row).Error
	return row.noun(), fail("store.user", err)
}

// CreateUser implements the Tx of login and directory.
func (x *tx) CreateUser(u sso.User) error {
	const op = "store.create_user"
	if err := x.mine(op, u.Tenant); err != nil {
		return err
	}
	row := userRowOf(u)
	err := x.db.Create(&row).Error
	if taken := emailTaken(op, err); taken != nil {
		return taken
	}
	return failUnique(op, err, sso.Duplicate) // of the ID
}

// CreateUser implements login.Tx: a login looked for the address before, so a parallel one took it since.
func (x loginTx) CreateUser(u sso.User) error {
	err := x.tx.CreateUser(u)
	x.raced = x.raced || sso.CodeOf(err) == sso.EmailTaken
	return err
}

func emailTaken(op string, err error) error {
	if what, ok := violated(err); ok && strings.Contains(what, "email") {
		return sso.Refuse(op, sso.EmailTaken).Because(err)
	}
	return nil
}

// UpdateUser implements the Tx of login and directory.
func (x *tx) UpdateUser(u sso.User) error {
	const op = "store.update_user"
	if err := x.mine(op, u.Tenant); err != nil {
		return err
	}
	row := userRowOf(u)
	done := x.db.Select("*").Where("tenant = ? AND id = ?", x.tenant, u.ID).Updates(&row)
	if taken := emailTaken(op, done.Error); taken != nil {
		return taken
	}
	return x.one(op, done)
}

// DeleteUser implements directory.Tx. Identities, sessions and links go with the user, by foreign keys.
func (x directoryTx) DeleteUser(id sso.UserID) error {
	return x.one("store.delete_user", x.db.Where("tenant = ? AND id = ?", x.tenant, id).Delete(&userRow{}))
}

// ActiveAdministrators implements the Tx of login and directory. Whoever counts holds the role itself until the transaction ends: logins run
// side by side, and two that each take the role from somebody must not count on each other.
func (x *tx) ActiveAdministrators(except sso.UserID) (int, error) {
	const op = "store.active_administrators"
	var role []entryRow
	err := x.db.Table("roles").Clauses(clause.Locking{Strength: alone}).Where("tenant = ? AND key = ?", x.tenant, sso.Administrator).Find(&role).Error
	if err != nil {
		return 0, fail(op, err)
	}
	var n int64
	err = x.holders("roles", sso.Administrator).Where("id <> ? AND status = ?", except, sso.Active).Count(&n).Error
	return int(n), fail(op, err)
}

// RoleHolders implements directory.Tx.
func (x directoryTx) RoleHolders(k sso.Key) (int, error) { return x.countHolders("roles", k) }

// InboxHolders implements directory.Tx.
func (x directoryTx) InboxHolders(k sso.Key) (int, error) { return x.countHolders("inboxes", k) }

func (x *tx) countHolders(list string, k sso.Key) (int, error) {
	var n int64
	err := x.holders(list, k).Count(&n).Error
	return int(n), fail("store.holders", err)
}

// holders selects the users whose JSON list holds the key. Keys have no quotes, so a quoted key is found whole or not at all.
func (x *tx) holders(list string, k sso.Key) *gorm.DB {
	return holding(x.db.Model(&userRow{}).Where("tenant = ?", x.tenant), list, k)
}

func holding(db *gorm.DB, list string, k sso.Key) *gorm.DB {
	return db.Where(list+` LIKE ? ESCAPE '\'`, like(`"`+searchable(string(k))+`"`))
}

// like is a pattern for LIKE that finds s anywhere.
func like(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) + "%"
}

// User implements directory.Store.
func (s directoryStore) User(ctx context.Context, t sso.TenantID, id sso.UserID) (p directory.Person, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		var row userRow
		if err := db.Where("tenant = ? AND id = ?", t, id).Take(&row).Error; err != nil {
			return fail("store.user", err)
		}
		people, err := withIdentities(db, t, []userRow{row})
		if err == nil {
			p = people[0]
		}
		return err
	})
	return p, err
}

// Taken implements directory.Tx.
func (x directoryTx) Taken(emails []sso.Email) ([]sso.Email, error) {
	var taken []sso.Email
	for some := range slices.Chunk(emails, entriesAtOnce) {
		var found []sso.Email
		err := x.db.Model(&userRow{}).Where("tenant = ? AND email IN ?", x.tenant, some).Pluck("email", &found).Error
		if err != nil {
			return nil, fail("store.taken", err)
		}
		taken = append(taken, found...)
	}
	return taken, nil
}

// searchable is a search as it is compared. What no name can hold (PostgreSQL takes no NUL) becomes a character that none does.
func searchable(s string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"))
}
