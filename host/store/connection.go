package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/sso"
)

type connectionRow struct {
	Tenant           string `gorm:"primaryKey"`
	Provider         string `gorm:"primaryKey"`
	MetadataURL      string `gorm:"column:metadata_url"`
	MetadataXML      string `gorm:"column:metadata_xml"`
	ChosenEntityID   string `gorm:"column:chosen_entity_id"`
	SignRequests     string
	AllowSHA1        bool             `gorm:"column:allow_sha1"`
	IDP              document[idpDoc] `gorm:"column:idp"`
	Request          document[requestDoc]
	Notes            document[[]problemDoc]
	FetchProblem     document[*problemDoc]
	FetchedAt        moment
	Revision         int64
	TestedRevision   int64
	SubjectAttribute string
}

func (connectionRow) TableName() string { return "connections" }

// The documents of a connection.
type (
	idpDoc struct {
		EntityID                string           `json:"entity_id,omitempty"`
		SSO                     []endpointDoc    `json:"sso,omitempty"`
		SLO                     []endpointDoc    `json:"slo,omitempty"`
		Certificates            []certificateDoc `json:"certificates,omitempty"`
		ValidUntil              time.Time        `json:"valid_until,omitzero"`
		WantAuthnRequestsSigned bool             `json:"want_authn_requests_signed,omitempty"`
		NameIDFormats           []string         `json:"name_id_formats,omitempty"`
	}
	endpointDoc struct {
		Binding     string `json:"binding"`
		URL         string `json:"url"`
		ResponseURL string `json:"response_url,omitempty"`
	}
	certificateDoc struct {
		Subject   string    `json:"subject"`
		SHA256    string    `json:"sha256"`
		NotBefore time.Time `json:"not_before"`
		NotAfter  time.Time `json:"not_after"`
		Use       string    `json:"use,omitempty"`
		DER       []byte    `json:"der"`
	}
	requestDoc struct {
		NameIDFormat  string   `json:"name_id_format,omitempty"`
		AuthnContexts []string `json:"authn_contexts,omitempty"`
		Sign          bool     `json:"sign,omitempty"`
	}
	problemDoc struct {
		Severity sso.Severity      `json:"severity"`
		Field    string            `json:"field,omitempty"`
		Code     sso.Code          `json:"code"`
		Params   map[string]string `json:"params,omitempty"`
		Summary  string            `json:"summary,omitempty"`
		Fix      string            `json:"fix,omitempty"`
	}
)

func idpDocOf(p sso.IdentityProvider) idpDoc {
	endpoint := func(e sso.Endpoint) endpointDoc { return endpointDoc(e) }
	return idpDoc{
		EntityID: p.EntityID, SSO: mapped(p.SSO, endpoint), SLO: mapped(p.SLO, endpoint),
		Certificates: mapped(p.Certificates, func(c sso.Certificate) certificateDoc { return certificateDoc(c) }),
		ValidUntil:   p.ValidUntil, WantAuthnRequestsSigned: p.WantAuthnRequestsSigned, NameIDFormats: p.NameIDFormats,
	}
}

func (d idpDoc) noun() sso.IdentityProvider {
	endpoint := func(e endpointDoc) sso.Endpoint { return sso.Endpoint(e) }
	return sso.IdentityProvider{
		EntityID: d.EntityID, SSO: mapped(d.SSO, endpoint), SLO: mapped(d.SLO, endpoint),
		Certificates: mapped(d.Certificates, func(c certificateDoc) sso.Certificate { return sso.Certificate(c) }),
		ValidUntil:   d.ValidUntil, WantAuthnRequestsSigned: d.WantAuthnRequestsSigned, NameIDFormats: d.NameIDFormats,
	}
}

func connectionRowOf(c sso.Connection) connectionRow {
	row := connectionRow{
		Tenant: string(c.Tenant), Provider: string(c.Provider), MetadataURL: c.MetadataURL, MetadataXML: c.MetadataXML,
		ChosenEntityID: c.ChosenEntityID, SignRequests: string(c.SignRequests), AllowSHA1: c.AllowSHA1,
		IDP: documentOf(idpDocOf(c.IdP)), Request: documentOf(requestDoc(c.Request)),
		Notes:     documentOf(mapped(c.Notes, func(p sso.Problem) problemDoc { return problemDoc(p) })),
		FetchedAt: momentOf(c.FetchedAt), Revision: c.Revision, TestedRevision: c.TestedRevision, SubjectAttribute: c.SubjectAttribute,
	}
	if c.FetchProblem != nil {
		p := problemDoc(*c.FetchProblem)
		row.FetchProblem.v = &p
	}
	if row.SignRequests == "" {
		row.SignRequests = string(sso.SignAuto)
	}
	return row
}

func (r connectionRow) noun() sso.Connection {
	c := sso.Connection{
		Tenant: sso.TenantID(r.Tenant), Provider: sso.ProviderKey(r.Provider), MetadataURL: r.MetadataURL, MetadataXML: r.MetadataXML,
		ChosenEntityID: r.ChosenEntityID, SignRequests: sso.SignRequests(r.SignRequests), AllowSHA1: r.AllowSHA1,
		IdP: r.IDP.v.noun(), Request: sso.RequestHints(r.Request.v),
		Notes:     mapped(r.Notes.v, func(d problemDoc) sso.Problem { return sso.Problem(d) }),
		FetchedAt: r.FetchedAt.time(), Revision: r.Revision, TestedRevision: r.TestedRevision, SubjectAttribute: r.SubjectAttribute,
	}
	if r.FetchProblem.v != nil {
		p := sso.Problem(*r.FetchProblem.v)
		c.FetchProblem = &p
	}
	return c
}

// Connection implements settings.Store.
func (s settingsStore) Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (c sso.Connection, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if err := exists(db, t); err != nil {
			return err
		}
		c, err = readConnection(db, t, p)
		return err
	})
	return c, err
}

// exists returns nil when there is such a tenant, else [sso.NotFound].
func exists(db *gorm.DB, t sso.TenantID) error {
	return fail("store.tenant", db.Select("id").Where("id = ?", t).Take(&tenantRow{}).Error)
}

// readConnection reads a connection, one of revision 0 when there is none.
func readConnection(db *gorm.DB, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error) {
	var rows []connectionRow
	if err := db.Where("tenant = ? AND provider = ?", t, p).Find(&rows).Error; err != nil {
		return sso.Connection{}, fail("store.connection", err)
	}
	if len(rows) == 0 {
		return sso.Connection{Tenant: t, Provider: p}, nil
	}
	return rows[0].noun(), nil
}

// saveConnection compares and sets; the tenant is locked.
func (x *tx) saveConnection(op string, c sso.Connection, expect int64) error {
	if err := x.mine(op, c.Tenant); err != nil {
		return err
	}
	var revisions []int64
	err := x.db.Model(&connectionRow{}).Where("tenant = ? AND provider = ?", x.tenant, c.Provider).Pluck("revision", &revisions).Error
	if err != nil {
		return fail(op, err)
	}
	is := int64(0)
	if len(revisions) > 0 {
		is = revisions[0]
	}
	if is != expect {
		return stale(op, is)
	}
	row := connectionRowOf(c)
	if is == 0 {
		return fail(op, x.db.Create(&row).Error)
	}
	return x.one(op, x.db.Select("*").Where("tenant = ? AND provider = ?", x.tenant, c.Provider).Updates(&row))
}

// Connection implements login.Store.
func (s loginStore) Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error) {
	return settingsStore(s).Connection(ctx, t, p)
}

// MarkTested implements login.Tx. Nothing that a login reads has changed.
func (x loginTx) MarkTested(p sso.ProviderKey, revision int64) error {
	done := x.db.Model(&connectionRow{}).Where("tenant = ? AND provider = ? AND revision = ?", x.tenant, p, revision).
		Update("tested_revision", revision)
	return fail("store.mark_tested", done.Error)
}

// Issuer implements login.Tx. A save locks the settings alone, so that nothing changes it after Active.
func (x loginTx) Issuer(p sso.ProviderKey) (string, error) {
	var rows []connectionRow
	if err := x.db.Select("idp").Where("tenant = ? AND provider = ?", x.tenant, p).Find(&rows).Error; err != nil || len(rows) == 0 {
		return "", fail("store.issuer", err)
	}
	return rows[0].IDP.v.EntityID, nil
}

// LearnSubjectAttribute implements login.Tx. The revision stays: nothing an administrator entered has changed.
func (x loginTx) LearnSubjectAttribute(p sso.ProviderKey, attribute string) error {
	const op = "store.learn"
	done := x.db.Model(&connectionRow{}).Where("tenant = ? AND provider = ? AND subject_attribute <> ?", x.tenant, p, attribute).
		Update("subject_attribute", attribute)
	if done.Error != nil || done.RowsAffected == 0 {
		return fail(op, done.Error)
	}
	return x.touch(op)
}
