package saml

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

const (
	maxDocument     = 2 << 20 // what a fetch reads; the aggregates of small federations fit
	maxDocumentText = "2 MiB"
	maxRedirects    = 3        // one for https, one for www, one for a moved page
	maxHeader       = 64 << 10 // of the answer; no honest one has more
	maxURL          = 2048
)

// dataPorts belong to services that do not speak HTTP. An administrator of one tenant must not make us knock there.
var dataPorts = map[uint64]bool{
	1433: true, 1521: true, 2049: true, 2375: true, 2376: true, 2379: true, 3306: true, 3389: true, 5432: true, 5900: true,
	6379: true, 9200: true, 9300: true, 11211: true, 27017: true,
}

// Fetch gets a metadata document. https only, to public addresses only, but for hosts in Allow; three redirects, each checked as the first
// address was; 2 MiB; 10 s. Tenants' administrators choose the address, so they are not told what stands there: error texts never quote it.
func (d *Documents) Fetch(ctx context.Context, address string) ([]byte, error) {
	const op = "saml.fetch"
	ctx, cancel := context.WithTimeout(ctx, d.within())
	defer cancel()
	u, problem := d.parseURL(address)
	if problem != "" {
		return nil, sso.Refuse(op, sso.MetadataURLInvalid, "detail", problem)
	}
	for hop := 0; ; hop++ {
		body, next, err := d.get(ctx, u)
		switch {
		case hop > 0 && sso.CodeOf(err) == sso.MetadataAddress:
			return nil, sso.Refuse(op, sso.MetadataRedirect).Because(err)
		case err != nil || next == "":
			return body, err
		case hop == maxRedirects:
			return nil, sso.Refuse(op, sso.MetadataRedirect)
		}
		target, err := u.Parse(next)
		if err != nil {
			return nil, sso.Refuse(op, sso.MetadataRedirect).Because(err)
		}
		if u, problem = d.parseURL(target.String()); problem != "" {
			return nil, sso.Refuse(op, sso.MetadataRedirect).Because(errors.New(problem))
		}
	}
}

// parseURL reads an address and says what is wrong with it, "" if nothing is.
func (d *Documents) parseURL(address string) (*url.URL, string) {
	u, err := url.Parse(address)
	switch {
	case len(address) > maxURL:
		return nil, "it is too long"
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return nil, "it is not an address"
	case u.User != nil:
		return nil, "it holds a user name"
	case strings.Contains(address, "#"):
		return nil, "it has a fragment"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "it does not start with https://"
	case d.allowed(u):
		return u, ""
	case u.Scheme == "http":
		return nil, "it does not start with https://"
	case badPort(portOf(u)):
		return nil, "no metadata is served on that port"
	}
	return u, ""
}

// badPort refuses the system ports of other services, and the best known ones above. A port is a number: with zeros in front it would be dialled all
// the same. No honest address has those, and they are refused as well.
func badPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err != nil || strconv.FormatUint(n, 10) != port || n < 1024 && n != 443 || dataPorts[n]
}

// get makes one request. next is the address that the answer redirects to.
func (d *Documents) get(ctx context.Context, u *url.URL) (body []byte, next string, err error) {
	const op = "saml.fetch"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", sso.Refuse(op, sso.MetadataURLInvalid, "detail", "it is not an address").Because(err)
	}
	request.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1")
	request.Header.Set("User-Agent", "idplug")
	response, err := d.transport(u).RoundTrip(request)
	if err != nil {
		return nil, "", fetchError(err)
	}
	defer response.Body.Close()
	if next, ok := redirect(response); ok {
		return nil, next, nil
	}
	if problem := statusProblem(response.StatusCode); problem != "" {
		return nil, "", sso.Refuse(op, sso.MetadataFetchFailed, "detail", problem)
	}
	body, err = readBody(response)
	if err == nil && ctx.Err() != nil { // the end that was read may be the server's answer to our hanging up
		err = fetchError(ctx.Err())
	}
	if err != nil {
		return nil, "", err
	}
	if problem := notXML(body); problem != "" {
		return nil, "", sso.Refuse(op, sso.MetadataNotSAML, "detail", problem)
	}
	return body, "", nil
}

// transport makes the way for one request: no proxy from the environment, no kept connection. It is used without an http.Client, which would
// follow redirects and read them before we could.
func (d *Documents) transport(u *url.URL) *http.Transport {
	dialer := d.Dialer
	dialer.ControlContext, dialer.Control = nil, onlyPublic
	if d.allowed(u) {
		dialer.Control = nil
	}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSClientConfig: d.TLS.Clone(), ForceAttemptHTTP2: true,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
	}
}

func redirect(r *http.Response) (next string, ok bool) {
	switch r.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		next = r.Header.Get("Location")
	}
	return next, next != ""
}

func statusProblem(status int) string {
	switch {
	case status == http.StatusOK:
		return ""
	case status == http.StatusNoContent:
		return "the address answers with nothing (HTTP 204)"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Sprintf("the address wants a sign-in first (HTTP %d)", status)
	case status == http.StatusNotFound || status == http.StatusGone:
		return fmt.Sprintf("there is nothing at this address (HTTP %d)", status)
	}
	return fmt.Sprintf("the address answers with an error (HTTP %d)", status)
}

// readBody reads at most maxDocument, after decompression too. We ask for no compression; some servers compress all the same.
func readBody(r *http.Response) ([]byte, error) {
	const op = "saml.fetch"
	var from io.Reader = io.LimitReader(r.Body, maxDocument+1)
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			return nil, sso.Refuse(op, sso.MetadataFetchFailed, "detail", "the answer is compressed wrongly").Because(err)
		}
		from = io.LimitReader(unzipped, maxDocument+1)
	default:
		return nil, sso.Refuse(op, sso.MetadataFetchFailed, "detail", "the answer is compressed in a way that was not asked for")
	}
	body, err := io.ReadAll(from)
	switch {
	case len(body) > maxDocument:
		return nil, sso.Refuse(op, sso.MetadataTooLarge, "limit", maxDocumentText)
	case err != nil:
		return nil, fetchError(err)
	}
	return body, nil
}
