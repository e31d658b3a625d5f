package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// golden is a vendor's folder of questions and the answers that were agreed on:
//
//	metadata/<name>.xml     a document, as it is pasted
//	metadata/<name>.json    a question with an address: source_url, entity_id, and document, the name of a file beside it
//	assertions/<name>.json  what a verified assertion says: idp_entity_id, name_id, attributes
//	*/<name>.golden.json    the answer
type golden struct {
	dir    string
	update bool // write the answers instead of comparing them
}

const goldenEnd = ".golden.json"

func goldenChecks() []Check {
	const fix = "Where the new answer is right, write it with -update (go test -update, idplug plugin check --update) and review the difference; else mend the provider."
	return []Check{
		{
			ID: "golden.metadata", Rule: "The documents in testdata/metadata get the advice that stands beside them.", Fix: fix, needs: "metadata.answers",
			run: func(ctx context.Context, s *subject) error {
				return s.golden.compare("metadata", func(file string) (any, error) { return s.adviceOn(ctx, file) })
			},
		},
		{
			ID: "golden.assertions", Rule: "The assertions in testdata/assertions give the profiles that stand beside them, and every value is proven.", Fix: fix, needs: "profile.answers",
			run: func(ctx context.Context, s *subject) error {
				if !s.readsProfiles() {
					return skipped("the provider reads no profiles")
				}
				return s.golden.compare("assertions", func(file string) (any, error) { return s.profileOf(ctx, file) })
			},
		},
	}
}

// compare asks for the answer to every file of a folder and holds it to the golden one.
func (g golden) compare(folder string, answer func(file string) (any, error)) error {
	files, err := g.questions(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		name := filepath.Base(file)
		got, err := answer(file)
		if err == nil {
			err = g.hold(strings.TrimSuffix(file, filepath.Ext(file))+goldenEnd, got)
		}
		errs = append(errs, named(name, err))
	}
	return errors.Join(errs...)
}

// questions lists the files of a folder that ask something, and refuses one whose answer would be another's, and answers to nothing.
func (g golden) questions(folder string) ([]string, error) {
	if g.dir == "" {
		return nil, skipped("no testdata was given")
	}
	all, err := filepath.Glob(filepath.Join(g.dir, folder, "*"))
	if err != nil {
		return nil, fmt.Errorf("testdata: %w", err)
	}
	asked := map[string]string{}
	var files, answers []string
	for _, file := range all {
		switch ext := filepath.Ext(file); {
		case strings.HasSuffix(file, goldenEnd):
			answers = append(answers, file)
		case ext == ".json", ext == ".xml" && folder == "metadata":
			stem := strings.TrimSuffix(file, ext)
			if asked[stem] != "" {
				return nil, fmt.Errorf("%s and %s share one answer: rename one", filepath.Base(asked[stem]), filepath.Base(file))
			}
			asked[stem] = file
			files = append(files, file)
		}
	}
	for _, file := range answers {
		if asked[strings.TrimSuffix(file, goldenEnd)] == "" {
			return nil, fmt.Errorf("%s answers nothing: its question is gone", filepath.Base(file))
		}
	}
	if len(files) == 0 {
		return nil, skipped("there is nothing in testdata/" + folder)
	}
	slices.Sort(files)
	return files, nil
}

// hold compares an answer with the golden one, or writes it.
func (g golden) hold(file string, answer any) error {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(answer); err != nil {
		return err
	}
	if g.update {
		return os.WriteFile(file, b.Bytes(), 0o644) //nolint:gosec // a fixture, for others to read
	}
	want, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s is missing: run with -update", filepath.Base(file))
	}
	return difference(strings.ReplaceAll(string(want), "\r\n", "\n"), b.String())
}

// difference names the first line in which two texts differ.
func difference(want, got string) error {
	if want == got {
		return nil
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Errorf("line %d: want %s, got %s", i+1, strings.TrimSpace(w[i]), strings.TrimSpace(g[i]))
		}
	}
	return fmt.Errorf("want %d lines, got %d", len(w), len(g))
}

// goldenAdvice is the JSON form of [sdk.MetadataAdvice].
type goldenAdvice struct {
	EntityID string        `json:"entity_id,omitempty"`
	Request  goldenRequest `json:"request"`
	Problems []sdk.Problem `json:"problems"`
}

type goldenRequest struct {
	NameIDFormat  string   `json:"name_id_format,omitempty"`
	AuthnContexts []string `json:"authn_contexts,omitempty"`
	Sign          bool     `json:"sign,omitempty"`
}

func (s *subject) adviceOn(ctx context.Context, file string) (any, error) {
	r, err := readMetadata(file)
	if err != nil {
		return nil, err
	}
	a, err := s.metadata(ctx, r)
	if err != nil {
		return nil, err
	}
	return goldenAdvice{EntityID: a.EntityID, Request: goldenRequest(a.Request), Problems: listed(a.Problems)}, checkProblems(a.Problems)
}

// goldenProfile is the JSON form of [sdk.Profile].
type goldenProfile struct {
	Subject       goldenValue   `json:"subject,omitzero"`
	Email         goldenValue   `json:"email,omitzero"`
	GivenName     goldenValue   `json:"given_name,omitzero"`
	FamilyName    goldenValue   `json:"family_name,omitzero"`
	DisplayName   goldenValue   `json:"display_name,omitzero"`
	Groups        []goldenValue `json:"groups"`
	GroupsUnknown bool          `json:"groups_unknown,omitempty"`
	Problems      []sdk.Problem `json:"problems"`
}

// goldenValue is the JSON form of [sdk.Value], text included.
type goldenValue struct {
	Text string `json:"text"`
	From string `json:"from"`
	Op   sdk.Op `json:"op"`
}

func (s *subject) profileOf(ctx context.Context, file string) (any, error) {
	r, err := readAssertion(file)
	if err != nil {
		return nil, err
	}
	p, err := s.profile(ctx, r)
	if err != nil {
		return nil, err
	}
	out := goldenProfile{
		Subject: goldenValue(p.Subject), Email: goldenValue(p.Email), GivenName: goldenValue(p.GivenName), FamilyName: goldenValue(p.FamilyName),
		DisplayName: goldenValue(p.DisplayName), Groups: []goldenValue{}, GroupsUnknown: p.GroupsUnknown, Problems: listed(p.Problems),
	}
	for _, g := range p.Groups {
		out.Groups = append(out.Groups, goldenValue(g))
	}
	return out, errors.Join(prove(p, &r), checkProblems(p.Problems))
}

func listed(problems []sdk.Problem) []sdk.Problem { return append([]sdk.Problem{}, problems...) }

func readMetadata(file string) (sdk.MetadataRequest, error) {
	if filepath.Ext(file) == ".xml" {
		document, err := os.ReadFile(file)
		return sdk.MetadataRequest{Document: document}, err
	}
	var asked struct {
		SourceURL string `json:"source_url"`
		EntityID  string `json:"entity_id"`
		Document  string `json:"document"`
	}
	if err := readJSON(file, &asked); err != nil {
		return sdk.MetadataRequest{}, err
	}
	r := sdk.MetadataRequest{SourceURL: asked.SourceURL, EntityID: asked.EntityID}
	if asked.Document == "" {
		return r, nil
	}
	var err error
	r.Document, err = os.ReadFile(filepath.Join(filepath.Dir(file), asked.Document))
	return r, err
}

func readAssertion(file string) (sdk.ProfileRequest, error) {
	var said struct {
		IDPEntityID string `json:"idp_entity_id"`
		NameID      struct {
			Value  string `json:"value"`
			Format string `json:"format"`
		} `json:"name_id"`
		Attributes []struct {
			Name         string   `json:"name"`
			FriendlyName string   `json:"friendly_name"`
			NameFormat   string   `json:"name_format"`
			Values       []string `json:"values"`
		} `json:"attributes"`
	}
	if err := readJSON(file, &said); err != nil {
		return sdk.ProfileRequest{}, err
	}
	r := sdk.ProfileRequest{IDPEntityID: said.IDPEntityID, NameID: sdk.NameID(said.NameID)}
	for _, a := range said.Attributes {
		r.Attributes = append(r.Attributes, sdk.Attribute(a))
	}
	return r, nil
}

// readJSON refuses fields it does not know: a fixture with a slip in it would test nothing.
func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	return in.Decode(into)
}
