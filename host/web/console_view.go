package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// outcome is what came of a post, for the page that answers it.
type outcome struct {
	saved    bool
	changed  string         // the button that changed the form
	problems sso.Problems   // why the save was refused
	warnings sso.Problems   // of this save
	theirs   *settings.View // saved meanwhile by somebody else
}

// ssoView is the Single Sign-On page.
type ssoView struct {
	Form            settings.Draft
	Version         int64
	Shown           sso.ProviderKey
	Status          settings.Status
	Saved           bool
	Problems        []fieldProblem
	Warnings        []fieldProblem
	Conflict        *conflictView
	Providers       []providerCard
	MetadataURL     string
	MetadataXML     string
	EntityID        string
	SignAlways      bool
	AllowSHA1       bool
	Read            *readView
	Mappings        []mappingView
	Suggestions     []sso.AttributeHint
	ServiceProvider sso.ServiceProvider
	Tenant          sso.TenantID
}

// fieldProblem is a problem as the page shows it, in the summary and at its field.
type fieldProblem struct{ Field, Label, Summary, Fix string }

// At are the problems of a field.
func (p *ssoView) At(field string) []fieldProblem {
	var at []fieldProblem
	for _, found := range p.Problems {
		if found.Field == field {
			at = append(at, found)
		}
	}
	return at
}

// Card is the chosen provider, nil when none is.
func (p *ssoView) Card() *providerCard {
	for i := range p.Providers {
		if p.Providers[i].Chosen {
			return &p.Providers[i]
		}
	}
	return nil
}

// readView is what was read from the metadata.
type readView struct {
	Tested       bool // the connection carried a test since it was changed last
	EntityID     string
	SSO          []sso.Endpoint
	FetchedAt    time.Time
	Certificates []certificateView
}

type certificateView struct {
	Subject, SHA256 string
	NotAfter        time.Time
	Days            int // left, negative after the end
}

// Soon marks a certificate that should be renewed.
func (c certificateView) Soon() bool { return c.Days < int(sso.ExpirySoon/(24*time.Hour)) }

// mappingView is the part of the page for roles or for inboxes.
type mappingView struct {
	Kind     string // "role" or "inbox", for the keys of texts
	Names    sso.MappingFields
	Defaults []option
	Rows     []rowView
	Page     *ssoView
}

type rowView struct {
	Path    string
	Number  int
	Row     sso.Row
	Options []option
	Focus   bool // the row that was just added
}

// option is an entry of a catalogue that can be chosen.
type option struct {
	sso.Entry
	Chosen bool
}

// binding is how an endpoint's binding is called: the last part of its URI.
func binding(uri string) string { return uri[strings.LastIndexByte(uri, ':')+1:] }

func (s *Server) showSSO(v *visit, status int, f ssoForm, o outcome) error {
	ctx := v.Request().Context()
	stored, err := s.o.Settings.View(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	catalogues, err := s.o.Directory.Catalogues(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	kept, err := s.kept(v, f.shown)
	if err != nil {
		return err
	}
	if o.warnings == nil {
		o.warnings = stored.Warnings
	}
	page := &ssoView{
		Form: f.draft, Version: f.version, Shown: f.shown, Status: stored.Status, Saved: o.saved,
		Problems: v.problems(o.problems), Warnings: v.problems(o.warnings), ServiceProvider: stored.ServiceProvider, Tenant: v.tenant,
		Providers: s.cards(v, f.draft.Provider, stored.ServiceProvider), Read: s.read(kept),
	}
	page.fill(f.draft.Connection, kept)
	page.Mappings = []mappingView{
		mapping(page, "role", sso.RoleFields, f.draft.Roles, catalogues.Roles, o.changed),
		mapping(page, "inbox", sso.InboxFields, f.draft.Inboxes, catalogues.Inboxes, o.changed),
	}
	if card := page.Card(); card != nil {
		page.Suggestions = card.Hints
	}
	seen, err := s.o.Directory.LatestAttributes(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	page.suggest(f.shown, seen)
	if o.theirs != nil {
		page.Conflict = v.conflict(f.draft, page, *o.theirs, catalogues)
	}
	return v.render(status, "console_sso.html", "sso.title", page)
}

// maxSuggestions bounds the names that a page suggests.
const maxSuggestions = 64

// suggest adds names that the provider really sent lately to those that its plugin expects.
func (p *ssoView) suggest(provider sso.ProviderKey, seen []directory.Brought) {
	p.Suggestions = slices.Clone(p.Suggestions)
	for _, b := range seen {
		if b.Login.Provider != provider {
			continue
		}
		for _, name := range b.Attributes.Names(maxSuggestions) {
			if len(p.Suggestions) < maxSuggestions && !slices.ContainsFunc(p.Suggestions, func(h sso.AttributeHint) bool { return h.Name == name }) {
				p.Suggestions = append(p.Suggestions, sso.AttributeHint{Name: name})
			}
		}
	}
}

// fill puts the connection's part into the form: what was typed, else what is kept.
func (p *ssoView) fill(d settings.ConnectionDraft, kept sso.Connection) {
	p.MetadataURL, p.MetadataXML, p.EntityID = kept.MetadataURL, kept.MetadataXML, kept.ChosenEntityID
	p.SignAlways, p.AllowSHA1 = kept.SignRequests == sso.SignAlways, kept.AllowSHA1
	for _, f := range []struct{ typed, shown *string }{
		{d.MetadataURL, &p.MetadataURL}, {d.MetadataXML, &p.MetadataXML}, {d.ChosenEntityID, &p.EntityID},
	} {
		if f.typed != nil {
			*f.shown = *f.typed
		}
	}
	if d.SignRequests != nil {
		p.SignAlways = *d.SignRequests == sso.SignAlways
	}
	if d.AllowSHA1 != nil {
		p.AllowSHA1 = *d.AllowSHA1
	}
}

func (s *Server) read(c sso.Connection) *readView {
	if !c.HasMetadata() {
		return nil
	}
	r := &readView{Tested: c.TestedRevision == c.Revision, EntityID: c.IdP.EntityID, FetchedAt: c.FetchedAt}
	for _, e := range c.IdP.SSO {
		r.SSO = append(r.SSO, sso.Endpoint{Binding: binding(e.Binding), URL: e.URL})
	}
	for _, cert := range c.IdP.Certificates {
		r.Certificates = append(r.Certificates, certificateView{
			Subject: cert.Subject, SHA256: cert.SHA256, NotAfter: cert.NotAfter.UTC(), Days: int(cert.NotAfter.Sub(s.o.Now()).Hours() / 24),
		})
	}
	return r
}

func mapping(page *ssoView, kind string, names sso.MappingFields, m sso.Mapping, c sso.Catalogue, changed string) mappingView {
	view := mappingView{Kind: kind, Names: names, Defaults: options(c, m.Defaults), Page: page}
	for i, row := range m.Rows {
		view.Rows = append(view.Rows, rowView{
			Path: names.Rows + "[" + strconv.Itoa(i) + "]", Number: i, Row: row, Options: options(c, row.Grant),
			Focus: changed == "add_"+names.Rows && i == len(m.Rows)-1,
		})
	}
	return view
}

// Blank is the row that a script puts in place; its number is a place as well.
func (m mappingView) Blank() rowView {
	entries := make(sso.Catalogue, len(m.Defaults))
	for i, o := range m.Defaults {
		entries[i] = o.Entry
	}
	return rowView{Path: m.Names.Rows + "[N]", Options: options(entries, nil)}
}

// options are the entries of a catalogue, and chosen keys that it does not hold, so that they can be unchosen.
func options(c sso.Catalogue, chosen []sso.Key) []option {
	out := make([]option, 0, len(c))
	for _, e := range c {
		out = append(out, option{e, slices.Contains(chosen, e.Key)})
	}
	for _, k := range chosen {
		if c.Index(k) < 0 {
			out = append(out, option{sso.Entry{Key: k, Name: string(k)}, true})
		}
	}
	return out
}

// problems are problems at the fields of the page, in its language.
func (v *visit) problems(ps sso.Problems) []fieldProblem {
	out := make([]fieldProblem, len(ps))
	for i, p := range ps {
		summary, fix := v.words.problem(p)
		field := shownField(p.Field)
		out[i] = fieldProblem{Field: field, Label: v.label(field), Summary: summary, Fix: fix}
	}
	return out
}

// shownField is the path of the form field that shows a path of the document: a single role has none of its own.
func shownField(path string) string {
	list, index, found := strings.Cut(path, "[")
	if found && (list == sso.RoleFields.Defaults || list == sso.InboxFields.Defaults) {
		return list
	}
	if row, grant, ok := strings.Cut(index, "]."); ok {
		grant, _, _ = strings.Cut(grant, "[")
		return list + "[" + row + "]." + grant
	}
	return path
}

// label names a field as the page does: "Role mapping 3: SAML Attribute".
func (v *visit) label(field string) string {
	list, rest, inRow := strings.Cut(field, "[")
	name := v.words.or("field."+list, list)
	if !inRow {
		return name
	}
	number, part, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	if err != nil {
		return name
	}
	name += " " + strconv.Itoa(i+1)
	if part != "" {
		name += ": " + v.words.or("field"+part, strings.TrimPrefix(part, "."))
	}
	return name
}

// cards are the providers that can be chosen, by name; the chosen one is there even when its plugin is gone.
func (s *Server) cards(v *visit, chosen sso.ProviderKey, sp sso.ServiceProvider) []providerCard {
	var cards []providerCard
	found := chosen == ""
	for _, p := range s.o.Providers.Providers() {
		cards = append(cards, card(p, chosen, sp))
		found = found || p.Manifest.Key == chosen
	}
	if !found {
		gone := sso.ProviderStatus{Manifest: sso.Manifest{Key: chosen, Name: string(chosen)}, State: sso.PluginStopped}
		cards = append(cards, card(gone, chosen, sp))
	}
	for i := range cards {
		cards[i].State = v.words.or("plugin."+string(cards[i].state), string(cards[i].state))
	}
	slices.SortFunc(cards, func(a, b providerCard) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
	return cards
}
