package web

import (
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ReadMappings reads provider and mappings of a settings document as the API gives and takes it, by the API's own rules for documents.
func ReadMappings(document []byte) (provider sso.ProviderKey, roles, inboxes sso.Mapping, err error) {
	var doc api.SettingsDraft
	if err := decodeFields(document, &doc); err != nil {
		return "", sso.Mapping{}, sso.Mapping{}, err
	}
	d := draftOf(doc)
	return d.Provider, d.Roles, d.Inboxes, nil
}
