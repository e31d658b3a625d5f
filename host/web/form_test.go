package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestACSTakesOneForm(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme")
	for name, try := range map[string]struct {
		method, target, contentType, body string
		status                            int
		code                              sso.Code
	}{
		"empty":                    {"POST", "", formType, "", 400, sso.ACSBadForm},
		"no response":              {"POST", "", formType, "RelayState=x", 400, sso.ACSBadForm},
		"empty response":           {"POST", "", formType, "SAMLResponse=", 400, sso.ACSBadForm},
		"two responses":            {"POST", "", formType, "SAMLResponse=a&SAMLResponse=b", 400, sso.ACSBadForm},
		"two relay states":         {"POST", "", formType, "SAMLResponse=a&RelayState=b&RelayState=c", 400, sso.ACSBadForm},
		"encoded name":             {"POST", "", formType, "SAMLResponse=a&%53AMLResponse=b", 400, sso.ACSBadForm},
		"broken encoding":          {"POST", "", formType, "SAMLResponse=%zz", 400, sso.ACSBadForm},
		"broken relay state":       {"POST", "", formType, "SAMLResponse=a&RelayState=%zz", 400, sso.ACSBadForm},
		"a form by another name":   {"POST", "", "text/plain", "SAMLResponse=a", 400, sso.ACSBadForm},
		"a parameter that is none": {"POST", "", formType + "; charset", "SAMLResponse=a", 400, sso.ACSBadForm},
		"artifact":                 {"POST", "", formType, "SAMLResponse=a&SAMLart=b", 400, sso.ACSArtifact},
		"artifact, other case":     {"POST", "", formType, "samlart=b&SAMLResponse=a", 400, sso.ACSArtifact},
		"artifact in the query":    {"POST", "?SAMLart=x", formType, "SAMLResponse=a", 400, sso.ACSArtifact},
		"response in the query":    {"POST", "?SAMLResponse=a", formType, "", 400, sso.ACSBadForm},
		"JSON":                     {"POST", "", "application/json", `{"SAMLResponse":"a"}`, 400, sso.ACSBadForm},
		"multipart":                {"POST", "", "multipart/form-data; boundary=x", "--x--", 400, sso.ACSBadForm},
		"no content type":          {"POST", "", "", "SAMLResponse=a", 400, sso.ACSBadForm},
		"too large":                {"POST", "", formType, "SAMLResponse=" + strings.Repeat("a", maxAnswer), 413, sso.ACSTooLarge},
		"not the protocol":         {"POST", "", formType, "SAMLResponse=a", 400, sso.XMLMalformed},
		"GET":                      {"GET", "?SAMLResponse=a", "", "", 405, sso.ACSMethod},
		"charset and other fields": {"POST", "", formType + "; charset=UTF-8", "x=1&SAMLResponse=a", 400, sso.XMLMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(try.method, "/saml/acme/acs"+try.target, strings.NewReader(try.body))
			if try.contentType != "" {
				r.Header.Set("Content-Type", try.contentType)
			}
			r.Header.Set("Accept", "application/json")
			a := w.serve(r)
			refused(t, a, try.status, try.code)
			if try.status == 405 {
				require.Equal(t, "POST", a.Header().Get("Allow"))
			}
		})
	}
}

func TestParsedAnswerIsDecodedOnce(t *testing.T) {
	form, err := parseAnswer("RelayState=a%2Bb+c&SAMLResponse=%2525%0D%0A%2B%3D")
	require.NoError(t, err)
	require.Equal(t, answerForm{samlResponse: "%25\r\n+=", relayState: "a+b c"}, form)
}

func FuzzParseAnswer(f *testing.F) {
	f.Add("SAMLResponse=a&RelayState=b")
	f.Add("&&=&%")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := parseAnswer(body)
		if err == nil {
			require.NotEmpty(t, form.samlResponse)
			require.Equal(t, 1, strings.Count("&"+body, "&SAMLResponse="))
		}
	})
}

func TestJudgingAnswersIsBounded(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	w.ssoOn("acme")
	for range cap(w.judging) {
		w.judging <- struct{}{}
	}
	b := w.browser()
	a := b.post("acme", w.saml.answer("ada@acme.test"))
	require.Equal(t, 503, a.Code)
	require.Contains(t, a.Body.String(), string(sso.Overloaded))
	require.Equal(t, "5", a.Header().Get("Retry-After"))
	<-w.judging
	require.NotEqual(t, 503, b.post("acme", w.saml.answer("ada@acme.test")).Code)
}

// TestFormsAreReadWholeOrNotAtAll sends forms that break off, hold what cannot be read, or are too long, each with all that is wanted before that.
func TestFormsAreReadWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	link, err := w.o.Directory.InviteToPassword(t.Context(), operator, "acme", w.onePerson().ID)
	require.NoError(t, err)
	post := func(path, text string, more io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, w.o.Origin+path, io.MultiReader(strings.NewReader(text), more))
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return w.serve(r)
	}
	const credentials, passwords = "email=ada%40acme.test&password=correct+horse+battery", "password=correct+horse+battery&password_again=correct+horse+battery"
	for path, c := range map[string]struct {
		sound  string
		broken sso.Code
		long   sso.Code
	}{
		"/login/acme":              {credentials, sso.BadRequest, sso.TooLarge},
		"/login":                   {credentials, sso.BadRequest, sso.TooLarge},
		"/invitation/acme/" + link: {passwords, sso.BadRequest, sso.TooLarge},
		"/saml/acme/acs":           {"SAMLResponse=a", sso.ACSBadForm, sso.ACSTooLarge},
		"/saml/acme/slo":           {"SAMLRequest={}", sso.SLOMalformed, sso.SLOMalformed},
	} {
		cut := post(path, c.sound, breaksOff{})
		refused(t, cut, sso.TextOf(c.broken).Status, c.broken)
		refused(t, post(path, c.sound+"&RelayState=%zz", http.NoBody), sso.TextOf(c.broken).Status, c.broken)
		refused(t, post(path, c.sound+"&x="+strings.Repeat("a", maxAnswer), http.NoBody), sso.TextOf(c.long).Status, c.long)
	}
	require.Equal(t, 303, post("/invitation/acme/"+link, passwords, http.NoBody).Code)
	require.Equal(t, 303, post("/login/acme", credentials, http.NoBody).Code)
	refused(t, post("/invitation/acme/"+link, "password=one&password_again=another", http.NoBody), 410, sso.LinkInvalid)
}

// breaksOff is a body whose sender goes away.
type breaksOff struct{}

func (breaksOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
