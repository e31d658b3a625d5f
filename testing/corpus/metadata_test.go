package corpus_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/corpus"
	"github.com/idplug/idplug/testing/need"
)

// documents read the corpus as an operator would who runs a development Keycloak beside it.
var documents = saml.Documents{Allow: []string{"localhost:8080", "localhost:8085"}}

func TestMetadata(t *testing.T) {
	dir := need.Corpus(t)
	rows, err := corpus.Rows(dir, "metadata")
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	var report corpus.Report
	for _, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			doc, err := row.Read(dir)
			require.NoError(t, err)
			idps := 1
			if n := row.Fact(`, (\d+) IdPs`); n != "" {
				idps, err = strconv.Atoi(n)
				require.NoError(t, err)
			}
			entity := row.Fact(`entityID=([^;]+?)(?:;|$)`)
			if idps > 1 {
				_, err := documents.Parse(doc, "")
				require.Equal(t, sso.MetadataMultiple, sso.CodeOf(err))
			} else {
				entity = chosenOrOnly(t, doc, entity)
			}
			got, err := documents.Parse(doc, entity)
			require.NoError(t, err)
			again, err := documents.Parse([]byte(got.XML), entity)
			require.NoError(t, err, "what is kept is read again")
			require.Equal(t, got, again)
			checkDocument(t, row, got)
			report.Add(row, append(describe(got), checkAdvice(t, row, doc))...)
		})
	}
	report.Log(t)
}

// advice is what the plugins have to say of the documents of their providers, and the one for all of the others; nothing of those that are not here.
var advice = map[string][]string{
	"metadata/adfs-1.xml":         {"info adfs.certificate_year"},
	"metadata/adfs-4.xml":         {"info adfs.certificate_year"},
	"metadata/azure-14.xml":       {"error azure.all_tenants"}, // a hole where the tenant's ID belongs
	"metadata/generic-11.xml":     {"warning saml.only_transient"},
	"metadata/generic-3.xml":      {"warning saml.only_transient"},
	"metadata/google-1.xml":       {"info google-workspace.valid_until"},
	"metadata/google-2.xml":       {"info google-workspace.valid_until"},
	"metadata/google-3.xml":       {"warning google-workspace.no_idpid", "info google-workspace.valid_until"},
	"metadata/jumpcloud-1.xml":    {"info jumpcloud.entity_id_text"},
	"metadata/okta-3.xml":         {"info okta.custom_issuer"},
	"metadata/onelogin-1.xml":     {"info onelogin.sha1_certificate"},
	"metadata/onelogin-4.xml":     {"info onelogin.sha1_certificate"},
	"metadata/onelogin-6.xml":     {"info onelogin.sha1_certificate"},
	"metadata/pingfederate-1.xml": {"error pingone.no_sign_on"},
	"metadata/pingone-1.xml":      {"info pingone.certificate_year"},
}

// checkAdvice asks the plugin and returns what it said in a line.
func checkAdvice(t *testing.T, row corpus.Row, doc []byte) string {
	t.Helper()
	said := row.Advice(t, doc)
	if said == nil {
		return "no plugin"
	}
	require.Empty(t, said.EntityID, "one provider in the document, nothing to choose")
	var codes []string
	for _, p := range said.Problems {
		codes = append(codes, string(p.Severity)+" "+p.Code)
		require.NotEmpty(t, p.Summary)
	}
	require.Equal(t, advice[row.File], codes)
	return "plugin: " + cmp.Or(strings.Join(codes, ", "), "nothing odd")
}

// describe says what the host read.
func describe(got settings.Document) []string {
	out := []string{"entityID=" + got.IdP.EntityID, fmt.Sprintf("keys=%d", len(got.IdP.Certificates))}
	for _, c := range got.IdP.Certificates {
		out = append(out, "fp="+c.SHA256[:8]+" until "+c.NotAfter.Format(time.DateOnly))
	}
	out = append(out, "SSO="+cmp.Or(strings.Join(bindingsOf(got.IdP.SSO), ","), "none, so refused"), "SLO="+cmp.Or(strings.Join(bindingsOf(got.IdP.SLO), ","), "none"))
	for _, n := range got.Notes {
		out = append(out, string(n.Severity)+" "+string(n.Code))
	}
	return out
}

// chosenOrOnly makes sure that a document with one provider needs no choice, and returns its entity ID.
func chosenOrOnly(t *testing.T, doc []byte, entity string) string {
	got, err := documents.Parse(doc, "")
	require.NoError(t, err)
	if entity != "" {
		require.Equal(t, entity, got.IdP.EntityID)
	}
	require.NotEmpty(t, got.IdP.EntityID)
	return got.IdP.EntityID
}

func checkDocument(t *testing.T, row corpus.Row, got settings.Document) {
	t.Helper()
	checkKeys(t, row, got)
	if bindings := row.Fact(`SSO=([^;]+?) http`); bindings != "" {
		require.Equal(t, spoken(bindings), bindingsOf(got.IdP.SSO))
		if row.Provider != "aggregate" {
			require.Equal(t, row.Fact(`SSO=[^ ]+ ([^;]+)`), got.IdP.SSO[0].URL)
		}
	}
	if strings.Contains(row.Expect, "SSO= NONE") {
		require.Empty(t, got.IdP.SSO)
	}
	if slo := row.Fact(`SLO=([^;]+)`); slo != "" && row.Provider != "aggregate" {
		require.Equal(t, spoken(slo), bindingsOf(got.IdP.SLO))
	}
	require.Equal(t, row.Fact(`(WantAuthnRequestsSigned=true)`) != "", got.IdP.WantAuthnRequestsSigned)
	if until := row.Fact(`validUntil=([^; ]+)`); until != "" {
		require.Equal(t, until, got.IdP.ValidUntil.Format("2006-01-02T15:04:05.000Z"))
	}
	require.NotEmpty(t, got.XML)
	require.NotContains(t, got.XML[:3], "\uFEFF")
}

// checkKeys compares fingerprints. The index lists what a parser could read; a key that is missing here must have been noted as weak.
func checkKeys(t *testing.T, row corpus.Row, got settings.Document) {
	t.Helper()
	fingerprints := row.Fact(`fp=([0-9a-f,]+)`)
	if fingerprints == "" {
		require.NotEmpty(t, got.IdP.Certificates)
		return
	}
	want := strings.Split(fingerprints, ",")
	weak := 0
	for _, n := range got.Notes {
		if n.Code == sso.MetadataWeakKey {
			weak++
		}
	}
	for _, c := range got.IdP.Certificates {
		require.Contains(t, want, c.SHA256[:8])
		require.Contains(t, row.Expect, c.NotAfter.Format("2006-01-02"))
	}
	require.Len(t, got.IdP.Certificates, len(want)-weak)
}

// spoken are the bindings of an expectation that we speak: Redirect first, each once.
func spoken(list string) []string {
	var out []string
	for _, b := range []string{"Redirect", "POST"} {
		if slices.Contains(strings.Split(list, ","), b) {
			out = append(out, b)
		}
	}
	return out
}

func bindingsOf(endpoints []sso.Endpoint) []string {
	var out []string
	for _, e := range endpoints {
		if b := strings.TrimPrefix(e.Binding, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"); !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	return out
}
