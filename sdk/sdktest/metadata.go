package sdktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	checks := []Check{
		{
			ID: "metadata.answers", Rule: "A question about metadata gets an answer of the agreed form within 5 s.",
			Fix: "Return advice for everything; an error says that no answer could be given at all. A reply is at most 1 MiB.", run: checkMetadataAnswers,
		},
		{
			ID: "metadata.junk", Rule: "Bytes that are no metadata get an answer, not an error: the host says what they are.",
			Fix: "Return the advice you have when the document cannot be read: sdk.Recognise returns one beside its error.", run: checkJunk,
		},
		{
			ID: "metadata.url", Rule: "A URL without a document gets an answer, whatever it looks like.",
			Fix: "Read the address with MetadataRequest.Address, which returns nil for one that cannot be read.", run: checkURLs,
		},
		{
			ID: "metadata.large", Rule: "The largest document that the host lets through, 2 MiB, is answered within 5 s.",
			Fix: "Read the document once, by sdk.Outline, and look at no entity more than once.", run: checkLarge,
		},
		{
			ID: "metadata.problems", Rule: "A problem has a known severity, a stable code, a summary, and where it is an error a fix.",
			Fix: "Correct the problem that is named; an administrator reads its summary and fix as they are.", run: checkMetadataProblems,
		},
		{
			ID: "metadata.pure", Rule: "The same question has the same answer, also when sixteen ask at once.",
			Fix: "Keep nothing between calls, and iterate over no map to build an answer.", run: checkMetadataPure,
		},
	}
	for i := range checks[1:] {
		checks[i+1].needs = checks[0].ID
	}
	return checks
}

func checkMetadataAnswers(ctx context.Context, s *subject) error {
	_, err := s.metadata(ctx, sdk.MetadataRequest{Document: []byte(fmt.Sprintf(oneEntity, 0)), SourceURL: "https://idp.example.org/metadata"})
	return err
}

const oneEntity = `<EntityDescriptor entityID="https://idp%d.example.org"><IDPSSODescriptor><SingleSignOnService ` +
	`Binding="` + sdk.BindingRedirect + `" Location="https://idp.example.org/sso"/></IDPSSODescriptor></EntityDescriptor>`

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

// strange are documents and addresses that people really enter, and worse.
func strange() map[string]sdk.MetadataRequest {
	all := map[string]sdk.MetadataRequest{}
	for name, document := range junk() {
		all[name] = sdk.MetadataRequest{Document: document}
		all[name+", fetched"] = sdk.MetadataRequest{Document: document, SourceURL: "https://idp.example.org/metadata"}
	}
	for _, url := range addresses() {
		all[fmt.Sprintf("%.40q", url)] = sdk.MetadataRequest{SourceURL: url}
	}
	return all
}

func addresses() []string {
	return []string{
		"", " ", "https://", "https://idp.example.org", "http://[::1", "ftp://idp.example.org/m", "not a url", "%zz", "https://user:pass@idp.example.org/%2e%2e/?a=b#c",
		"https://例え.example/メタデータ", strings.Repeat("https://idp.example.org/", 300),
	}
}

func checkJunk(ctx context.Context, s *subject) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(junk())) {
		for _, source := range []string{"", "https://idp.example.org/metadata"} {
			_, err := s.metadata(ctx, sdk.MetadataRequest{Document: junk()[name], SourceURL: source})
			errs = append(errs, named(name, err))
		}
	}
	return errors.Join(errs...)
}

func checkURLs(ctx context.Context, s *subject) error {
	var errs []error
	for _, url := range addresses() {
		_, err := s.metadata(ctx, sdk.MetadataRequest{SourceURL: url})
		errs = append(errs, named(fmt.Sprintf("%.40q", url), err))
	}
	return errors.Join(errs...)
}

func checkLarge(ctx context.Context, s *subject) error {
	var b strings.Builder
	b.WriteString("<EntitiesDescriptor>")
	for i := 0; b.Len() < 2<<20-2*len(oneEntity); i++ {
		fmt.Fprintf(&b, oneEntity, i)
	}
	b.WriteString("</EntitiesDescriptor>")
	_, err := s.metadata(ctx, sdk.MetadataRequest{Document: []byte(b.String())})
	return err
}

func checkMetadataProblems(ctx context.Context, s *subject) error {
	var errs []error
	all := strange()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if advice, err := s.metadata(ctx, all[name]); err == nil {
			errs = append(errs, named(name, checkProblems(advice.Problems)))
		}
	}
	return errors.Join(errs...)
}

func checkMetadataPure(ctx context.Context, s *subject) error {
	r := sdk.MetadataRequest{Document: junk()["no certificate"], SourceURL: "https://idp.example.org/metadata"}
	first, err := s.metadata(ctx, r)
	if err != nil {
		return err
	}
	return together(func() error {
		again, err := s.metadata(ctx, r)
		if err == nil && !reflect.DeepEqual(first, again) {
			err = errors.New("two answers to one question differ")
		}
		return err
	})
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
