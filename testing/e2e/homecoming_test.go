package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

// homecoming is a login that the provider answered, on its way back.
type homecoming struct {
	form    url.Values
	cookies []*http.Cookie
}

// person is whom the forge lets in, by an answer that has an ID of its own.
type person struct{ id, email, entityID string }

// answerTo answers a login that the server at an origin began, with no browser in between.
func (f *forge) answerTo(begun answer, origin string, p person) (homecoming, error) {
	at, err := url.Parse(begun.header.Get("Location"))
	if err != nil || begun.status != http.StatusFound {
		return homecoming{}, fmt.Errorf("no login: %d %s %w", begun.status, begun.body, err)
	}
	id, err := requestID(at.Query().Get("SAMLRequest"))
	if err != nil {
		return homecoming{}, err
	}
	r := vectors.Response(vectors.Base{
		SP: sso.NewServiceProvider(origin, "acme"), IDPEntityID: p.entityID, RequestID: id, Now: time.Now(), Key: f.key,
	})
	a := r.Assertions[0]
	r.ID, a.ID = "_r"+p.id, "_a"+p.id
	a.NameID.Value = p.email
	a.Attributes = []devidp.Attribute{{Name: "email", Type: "xs:string", Values: []string{p.email}}}
	raw, err := r.XML()
	if err != nil {
		return homecoming{}, err
	}
	signed, err := samltest.Sign(raw, a.ID, samltest.Signing{Key: f.key.Signer, Cert: f.key.Certificate.Raw})
	return homecoming{
		formOf(base64.StdEncoding.EncodeToString(signed), at.Query().Get("RelayState")), (&http.Response{Header: begun.header}).Cookies(),
	}, err
}

// request brings the answer to the server at an origin.
func (l homecoming) request(ctx context.Context, origin string) (*http.Request, error) {
	r, err := formRequest(ctx, origin+"/saml/acme/acs", l.form)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", acceptJSON)
	elsewhere(r)
	for _, cookie := range l.cookies {
		r.AddCookie(cookie)
	}
	return r, nil
}
