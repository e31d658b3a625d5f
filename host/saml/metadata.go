package saml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

const metadataField = "metadata_xml"

// Parse reads a metadata document as it is found in the wild. What is not usable in it is left out and noted; a document that describes no
// identity provider, or several of which none is chosen, is refused. A signature on it proves nothing here: an administrator vouches for it.
func (d *Documents) Parse(doc []byte, chosen string) (settings.Document, error) {
	const op = "saml.parse"
	if problem := notXML(doc); problem != "" {
		return settings.Document{}, sso.Refuse(op, sso.MetadataNotSAML, "detail", problem)
	}
	if len(doc) > maxDocument {
		return settings.Document{}, sso.Refuse(op, sso.MetadataTooLarge, "limit", maxDocumentText)
	}
	parsed, err := signedxml.Parse(doc, signedxml.MetadataLimits())
	if err != nil {
		return settings.Document{}, sso.Refuse(op, sso.MetadataMalformed, "detail", detailOf(err)).Because(err)
	}
	text, err := signedxml.UTF8(doc)
	if err != nil {
		return settings.Document{}, sso.Refuse(op, sso.MetadataMalformed, "detail", detailOf(err)).Because(err)
	}
	entities, err := identityProviders(parsed.Root())
	if err != nil {
		return settings.Document{}, err
	}
	entity, err := choose(entities, chosen)
	if err != nil {
		return settings.Document{}, err
	}
	out := settings.Document{XML: asUTF8(text)}
	out.IdP, out.Notes = d.read(entity)
	return out, nil
}

// detailOf is the public part of a parser's error: names and limits, nothing of the document's content.
func detailOf(err error) string {
	if e, ok := errors.AsType[*signedxml.Error](err); ok {
		return e.Detail
	}
	return "unknown"
}

// asUTF8 drops an XML declaration that names the encoding the document had before it became UTF-8, so that it can be read again.
func asUTF8(text string) string {
	rest := strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(rest, "<?xml") {
		return text
	}
	declaration, body, _ := strings.Cut(rest, "?>")
	low := strings.ToLower(declaration)
	if !strings.Contains(low, "encoding") || strings.Contains(low, "utf-8") {
		return text
	}
	return strings.TrimLeft(body, " \t\r\n")
}

// maxListed is how many entity IDs a refusal lists: enough to choose from by eye.
const maxListed = 20

// choose finds the entity that is meant.
func choose(entities []entity, chosen string) (entity, error) {
	const op = "saml.parse"
	if chosen == "" && len(entities) == 1 {
		return entities[0], nil
	}
	var found []entity
	for _, e := range entities {
		if e.id == chosen {
			found = append(found, e)
		}
	}
	switch {
	case chosen != "" && len(found) == 1:
		return found[0], nil
	case chosen != "" && len(found) == 0:
		return entity{}, sso.Refuse(op, sso.MetadataEntityUnknown, "entities", listed(entities))
	}
	return entity{}, sso.Refuse(op, sso.MetadataMultiple, "entities", listed(entities))
}

func listed(entities []entity) string {
	var ids []string
	for _, e := range entities[:min(len(entities), maxListed)] {
		ids = append(ids, shown(e.id))
	}
	if more := len(entities) - maxListed; more > 0 {
		ids = append(ids, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(ids, ", ")
}
