package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"

	"github.com/idplug/idplug/sdk"
)

// document is the metadata of one identity provider, cut down to what the examples look at.
const document = `<EntityDescriptor entityID="https://acme.onelogin.com/saml/1"><IDPSSODescriptor WantAuthnRequestsSigned="true">
  <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>
  <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://acme.onelogin.com/sso/1"/>
</IDPSSODescriptor></EntityDescriptor>`

// onelogin advises as most providers do.
type onelogin struct{}

const copyIt = "In OneLogin, open the application and copy the Issuer URL from SSO."

func (onelogin) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	entity, advice, err := sdk.Recognise(r, "OneLogin")
	switch {
	case err == nil:
		advice.Problems, advice.Request = examine(entity), hints(entity)
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = mistaken(r) // of the rest the host tells: a web page, a key, a login form
	}
	return advice, nil // with several providers, too: the host asks which one is meant
}

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("onelogin", copyIt, "OneLogin")
	if !slices.Contains(e.Bindings, sdk.BindingRedirect) && !slices.Contains(e.Bindings, sdk.BindingPOST) {
		problems = append(problems, sdk.Problem{
			Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "onelogin.no_browser_binding",
			Summary: "The application answers SOAP only; people come with a browser.", Fix: copyIt,
		})
	}
	return problems
}

func hints(e sdk.Entity) sdk.RequestHints {
	if !e.WantsSigned || len(e.NameIDFormats) == 0 {
		return sdk.RequestHints{} // what suits most
	}
	return sdk.RequestHints{NameIDFormat: e.NameIDFormats[0], Sign: true}
}

var signOnPath = regexp.MustCompile(`^/trust/saml2/http-(post|redirect)/sso/`)

func mistaken(r *sdk.MetadataRequest) []sdk.Problem {
	u, field := r.Address()
	if u == nil || !signOnPath.MatchString(u.Path) {
		return nil
	}
	return []sdk.Problem{{
		Severity: sdk.SeverityError, Field: field, Code: "onelogin.sso_url",
		Summary: "This is the address to which people are sent; the metadata is elsewhere.", Fix: copyIt,
	}}
}

func Example_recognise() {
	advice, _ := onelogin{}.Metadata(context.Background(), &sdk.MetadataRequest{Document: []byte(document)})
	fmt.Println(advice.Problems[0].Code, advice.Request.Sign)
	// Output: onelogin.no_browser_binding true
}

func Example_address() {
	advice, _ := onelogin{}.Metadata(context.Background(), &sdk.MetadataRequest{SourceURL: "https://acme.onelogin.com/trust/saml2/http-post/sso/1"})
	fmt.Println(advice.Problems[0].Field, advice.Problems[0].Summary)
	// Output: metadata_url This is the address to which people are sent; the metadata is elsewhere.
}

func Example_whose() {
	for _, text := range []string{"<html/>", `<EntityDescriptor><SPSSODescriptor/></EntityDescriptor>`, `<EntityDescriptor><RoleDescriptor/></EntityDescriptor>`} {
		_, err := sdk.Outline([]byte(text))
		switch {
		case errors.Is(err, sdk.ErrServiceProvider):
			fmt.Println("our own metadata, pasted by mistake")
		case errors.Is(err, sdk.ErrOtherRoles):
			fmt.Println("a provider whose SAML is off")
		case errors.Is(err, sdk.ErrNoMetadata):
			fmt.Println("no metadata")
		}
	}
	// Output:
	// no metadata
	// our own metadata, pasted by mistake
	// a provider whose SAML is off
}

func ExampleRecognise() {
	entity, _, err := sdk.Recognise(&sdk.MetadataRequest{Document: []byte(document)}, "OneLogin")
	fmt.Println(entity.ID, err)
	// Output: https://acme.onelogin.com/saml/1 <nil>
}

func ExampleOutline() {
	entities, err := sdk.Outline([]byte("<EntitiesDescriptor>" + document + "</EntitiesDescriptor>"))
	fmt.Println(len(entities), entities[0].WantsSigned, err)
	// Output: 1 true <nil>
}

func ExampleEntity_Product() {
	fmt.Println(sdk.Entity{ID: "http://sts.acme.example/adfs/services/trust"}.Product())
	// Output: AD FS
}

func ExampleEntity_Stranger() {
	e := sdk.Entity{ID: "http://sts.acme.example/adfs/services/trust"}
	fmt.Println(e.Stranger("onelogin", copyIt, "OneLogin")[0].Summary)
	// Output: This metadata does not look like OneLogin's but like that of AD FS.
}

func ExampleEntity_HasWeakKey() {
	fmt.Println(sdk.Entity{}.HasWeakKey()) // no keys, none of them weak
	// Output: false
}

func ExampleMetadataRequest_Address() {
	u, field := (&sdk.MetadataRequest{Document: []byte(" https://Acme.example/metadata\n")}).Address() // pasted where XML belongs
	fmt.Println(u, field)
	// Output: https://acme.example/metadata metadata_xml
}

func ExampleManifest_Check() {
	fmt.Println(sdk.Manifest{Key: "acme", Name: "Acme", Version: "v1", Vendor: "Acme Inc.", Capabilities: sdk.Capabilities{MetadataURL: true}}.Check())
	// Output: version: "v1" is no semantic version (1.2.3)
}

func ExamplePlaceholders() {
	fmt.Println(sdk.Placeholders())
	// Output: [{acs_url} {entity_id} {metadata_url} {login_url}]
}

func ExampleLog() {
	// The host's side puts the log into the context of each call.
	ctx := sdk.WithLog(context.Background(), slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime})))

	sdk.Log(ctx).InfoContext(ctx, "groups were left out", "attributes", ada(say("mail", "ada@example.com")).Attributes)
	// Output: level=INFO msg="groups were left out" attributes="[mail=***(1)]"
}

func noTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func ExampleCallOf() {
	ctx := sdk.WithCall(context.Background(), sdk.Call{RequestID: "r42"})
	fmt.Println(sdk.CallOf(ctx).RequestID)
	// Output: r42
}

func ExampleCall_TraceID() {
	c := sdk.Call{Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	fmt.Println(c.TraceID())
	// Output: 4bf92f3577b34da6a3ce929d0e0e4736
}

func ExampleError() {
	err := error(&sdk.Error{Code: "acme.unreadable", Err: errors.New("no such claim set")})
	fmt.Println(err)
	// Output: acme.unreadable: no such claim set
}
