package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// ssoForm is the form of the Single Sign-On page as it was posted.
type ssoForm struct {
	draft   settings.Draft
	version int64
	// shown is the provider whose connection the form was filled with.
	shown sso.ProviderKey
	// do is the button: "save", or one that only changes the form.
	do string
}

// Names of fields that the settings document does not have.
const (
	fieldDo    = "do"
	fieldShown = "shown"
	fieldFile  = "metadata_file"
)

// readSSOForm reads the posted form. The limit is that of the same document at the API.
func readSSOForm(v *visit) (ssoForm, error) {
	values, err := readParts(v)
	if err != nil {
		return ssoForm{}, err
	}
	version, err := strconv.ParseInt(values.Get("version"), 10, 64)
	if err != nil {
		return ssoForm{}, sso.Refuse("web.console", sso.VersionRequired)
	}
	f := ssoForm{version: version, shown: sso.ProviderKey(values.Get(fieldShown)), do: values.Get(fieldDo)}
	xml := strings.ReplaceAll(values.Get("metadata_xml"), "\r\n", "\n") // browsers post line breaks so (HTML 4.10.21.5)
	if file := values.Get(fieldFile); strings.TrimSpace(file) != "" {
		xml = file
	}
	address, chosen := strings.TrimSpace(values.Get("metadata_url")), strings.TrimSpace(values.Get("idp_entity_id"))
	sign, sha1 := sso.SignRequests(values.Get("sign_requests")), values.Has("allow_sha1")
	f.draft = settings.Draft{
		UseSSO: values.Has("use_sso"), Provider: sso.ProviderKey(values.Get("provider")),
		ForceReauthentication: values.Has("force_reauthentication"), JIT: values.Has("create_user_on_first_login"),
		RoleSync: sso.RoleSync(values.Get("role_sync")), IDPInitiated: sso.IDPInitiated(values.Get("idp_initiated")),
		Roles: readMapping(values, sso.RoleFields), Inboxes: readMapping(values, sso.InboxFields),
		Connection: settings.ConnectionDraft{
			MetadataURL: &address, MetadataXML: &xml, ChosenEntityID: &chosen, SignRequests: &sign, AllowSHA1: &sha1,
		},
	}
	return f, nil
}

// readMapping reads defaults and rows. Each row posts its number under the name of the rows; numbers only keep rows apart, their order counts.
func readMapping(values url.Values, names sso.MappingFields) sso.Mapping {
	m := sso.Mapping{Defaults: keys(values[names.Defaults])}
	for _, number := range values[names.Rows] {
		at := names.Rows + "[" + number + "]."
		m.Rows = append(m.Rows, sso.Row{
			Attribute: strings.TrimSpace(values.Get(at + "saml_attribute")), Value: strings.TrimSpace(values.Get(at + "saml_attribute_value")),
			Grant: keys(values[at+names.Grant]),
		})
	}
	return m
}

// change does what a button asks for that saves nothing: a row more, or one less.
func (f *ssoForm) change() {
	what, number, _ := strings.Cut(f.do, ":")
	for _, m := range []struct {
		rows  string
		lines *[]sso.Row
	}{{sso.RoleFields.Rows, &f.draft.Roles.Rows}, {sso.InboxFields.Rows, &f.draft.Inboxes.Rows}} {
		switch what {
		case "add_" + m.rows:
			*m.lines = append(*m.lines, sso.Row{})
		case "remove_" + m.rows:
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(*m.lines) {
				*m.lines = slices.Delete(*m.lines, i, i+1)
			}
		}
	}
}

// readParts reads a form with a file in it, part by part: net/http refuses forms of more than 1,000 parts, and 500 rows have more.
func readParts(v *visit) (url.Values, error) {
	r := v.Request()
	r.Body = http.MaxBytesReader(v.Response(), r.Body, maxBody)
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
		return r.PostForm, formError(err)
	}
	values := url.Values{}
	for err == nil {
		var part *multipart.Part
		if part, err = parts.NextPart(); err != nil {
			break
		}
		var text []byte
		if text, err = io.ReadAll(part); err == nil {
			values.Add(part.FormName(), string(text))
		}
	}
	if errors.Is(err, io.EOF) {
		return values, nil
	}
	return nil, formError(err)
}

func formError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return sso.Refuse("web.form", sso.BadRequest, "detail", "the form cannot be read")
}
