package sdktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/idplug/idplug/sdk"
)

var (
	placeholderForm = regexp.MustCompile(`\{[a-z_]+\}`)
	codeForm        = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`)
)

func metadataChecks() []Check {
	return []Check{
		{"metadata.junk", "Bytes that are no metadata get an answer, not an error: the host says what they are.", checkJunk},
		{"metadata.url", "A URL without a document gets an answer, whatever it looks like.", checkURLs},
		{"metadata.large", "The largest document that the host lets through is answered in time.", checkLarge},
		{"metadata.pure", "The same question has the same answer.", checkMetadataPure},
	}
}

// junk is what people paste and servers send in the place of metadata.
func junk() map[string][]byte {
	return map[string][]byte{
		"nothing":                            nil,
		"a NUL":                              {0},
		"bytes that are text in no encoding": {0xff, 0xfe, 0x00, 0xd8, 0xff},
		"a login page":                       []byte("<!DOCTYPE html><html><body><form>Sign in</form></body></html>"),
		"JSON":                               []byte(`{"errorCode":"E0000005","errorSummary":"Invalid session"}`),
		"a number":                           []byte("404"),
		"metadata cut short":                 []byte(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"><md:IDPSSODescriptor><md:Key`),
		"an empty descriptor":                []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`),
		"a service provider":                 []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="sp"><SPSSODescriptor/></EntityDescriptor>`),
		"entities to expand":                 []byte(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><EntityDescriptor entityID="&b;"/>`),
		"deep nesting":                       []byte(strings.Repeat("<EntitiesDescriptor>", 50_000)),
		"no certificate": []byte(`<EntityDescriptor entityID="x"><IDPSSODescriptor><KeyDescriptor><KeyInfo><X509Data><X509Certificate>%%%</X509Certificate>` +
			`</X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Location="::"/></IDPSSODescriptor></EntityDescriptor>`),
	}
}

func checkJunk(ctx context.Context, s Subject) error {
	var errs []error
	for name, document := range junk() {
		for _, source := range []string{"", "https://idp.example.org/metadata"} {
			advice, err := metadata(ctx, s, sdk.MetadataRequest{Document: document, SourceURL: source})
			errs = append(errs, named(name, err), named(name, checkAdvice(advice)))
		}
	}
	return errors.Join(errs...)
}

func checkURLs(ctx context.Context, s Subject) error {
	var errs []error
	for _, url := range []string{
		"", " ", "https://", "https://idp.example.org", "http://[::1", "ftp://idp.example.org/m", "not a url", "%zz", "https://user:pass@idp.example.org/%2e%2e/?a=b#c",
		"https://例え.example/メタデータ", strings.Repeat("https://idp.example.org/", 300),
	} {
		advice, err := metadata(ctx, s, sdk.MetadataRequest{SourceURL: url})
		name := fmt.Sprintf("%.40q", url)
		errs = append(errs, named(name, err), named(name, checkAdvice(advice)))
	}
	return errors.Join(errs...)
}

func checkLarge(ctx context.Context, s Subject) error {
	const entity = `<EntityDescriptor entityID="https://idp%d.example.org"><IDPSSODescriptor><SingleSignOnService Location="https://idp.example.org/sso"/></IDPSSODescriptor></EntityDescriptor>`
	var b strings.Builder
	b.WriteString("<EntitiesDescriptor>")
	for i := 0; b.Len() < 2<<20-len(entity)-32; i++ {
		fmt.Fprintf(&b, entity, i)
	}
	b.WriteString("</EntitiesDescriptor>")
	advice, err := metadata(ctx, s, sdk.MetadataRequest{Document: []byte(b.String())})
	return errors.Join(err, checkAdvice(advice))
}

func checkMetadataPure(ctx context.Context, s Subject) error {
	r := sdk.MetadataRequest{Document: junk()["no certificate"], SourceURL: "https://idp.example.org/metadata"}
	first, err := metadata(ctx, s, r)
	if err != nil {
		return err
	}
	return together(func() error {
		again, err := metadata(ctx, s, r)
		if err == nil && !reflect.DeepEqual(first, again) {
			err = errors.New("two answers to one question differ")
		}
		return err
	})
}

func checkAdvice(a *sdk.MetadataAdvice) error {
	if a == nil {
		return nil // the error says why
	}
	return checkProblems(a.Problems)
}

// checkProblems holds problems to what the console can show.
func checkProblems(problems []sdk.Problem) error {
	var errs []error
	for _, p := range problems {
		switch {
		case !slices.Contains([]sdk.Severity{sdk.SeverityError, sdk.SeverityWarning, sdk.SeverityInfo}, p.Severity):
			errs = append(errs, fmt.Errorf("problem %q: severity %q", p.Code, p.Severity))
		case !codeForm.MatchString(p.Code):
			errs = append(errs, fmt.Errorf("problem %q: the code is not of the form %s", p.Code, codeForm))
		case p.Summary == "" || len(p.Summary) > 2<<10 || len(p.Fix) > 2<<10:
			errs = append(errs, fmt.Errorf("problem %q: summary and fix are sentences of at most 2 KiB, and a summary is needed", p.Code))
		case p.Severity == sdk.SeverityError && p.Fix == "":
			errs = append(errs, fmt.Errorf("problem %q: an error needs a fix, or the administrator is stuck", p.Code))
		}
	}
	return errors.Join(errs...)
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
