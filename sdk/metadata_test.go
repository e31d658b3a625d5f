package sdk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func TestAddressIsWhatWasEntered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, document, want, field string }{
		"as the URL":            {source: "https://ACME.example/M?A=b", want: "https://acme.example/M?A=b", field: sdk.FieldMetadataURL},
		"and it brought a page": {source: "https://acme.example/", document: "<html/>", want: "https://acme.example/", field: sdk.FieldMetadataURL},
		"in place of the XML":   {document: "\n https://acme.example/m \n", want: "https://acme.example/m", field: sdk.FieldMetadataXML},
		"XML":                   {document: "<EntityDescriptor/>"},
		"nothing":               {},
		"no web address":        {source: "urn:acme"},
		"unreadable":            {source: "http://[::1"},
		"endless":               {document: "https://acme.example/" + strings.Repeat("a", 9000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, field := (&sdk.MetadataRequest{SourceURL: c.source, Document: []byte(c.document)}).Address()
			if c.want == "" {
				require.Nil(t, got)
				return
			}
			require.Equal(t, c.want, got.String())
			require.Equal(t, c.field, field)
		})
	}
}
