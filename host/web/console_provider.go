package web

import (
	"regexp"

	"github.com/idplug/idplug/core/sso"
)

// providerCard is a provider on the page.
type providerCard struct {
	Key    sso.ProviderKey
	Name   string
	State  string // in words
	Ready  bool
	Chosen bool
	Can    sso.Capabilities
	Help   string // where the metadata is found
	Guide  []guideStep
	Hints  []sso.AttributeHint

	state sso.PluginState
}

// guideStep is a step of a guide with the tenant's values in it.
type guideStep struct {
	Title string
	Text  []guideText
}

// guideText is a piece of a step; Value pieces are the tenant's own, to be copied.
type guideText struct {
	Text  string
	Value bool
}

func card(p sso.ProviderStatus, chosen sso.ProviderKey, sp sso.ServiceProvider) providerCard {
	m := p.Manifest
	c := providerCard{
		Key: m.Key, Name: m.Name, Ready: p.State == sso.PluginReady, Chosen: m.Key == chosen, Can: m.Capabilities, Help: m.MetadataHelp,
		Hints: m.AttributeHints, state: p.State,
	}
	places := placesOf(sp)
	for _, step := range m.Guide {
		c.Guide = append(c.Guide, guideStep{Title: sso.Fill(step.Title, places), Text: pieces(step.Text, places)})
	}
	return c
}

var place = regexp.MustCompile(`\{[a-z_]+\}`)

// pieces takes a guide's text apart at its places and fills them in. A place that nobody knows stays as it is.
func pieces(text string, places map[string]string) []guideText {
	var out []guideText
	from := 0
	for _, at := range place.FindAllStringIndex(text, -1) {
		value, known := places[text[at[0]+1:at[1]-1]]
		if !known {
			continue
		}
		out = append(out, guideText{Text: text[from:at[0]]}, guideText{Text: value, Value: true})
		from = at[1]
	}
	return append(out, guideText{Text: text[from:]})
}
