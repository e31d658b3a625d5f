package vectors

import (
	"bytes"
	"compress/flate"
	"crypto"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

func sortedLogouts(list []Logout) []Logout {
	slices.SortFunc(list, func(a, b Logout) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// malformedRedirects are addresses of which no two readers take the same message.
func malformedRedirects() []Logout {
	spelt := func(name, why string, query ...edit) Logout {
		return Logout{Name: "redirect: " + name, Why: why, Code: sso.SLOMalformed, query: query}
	}
	return []Logout{
		spelt("no message", "nothing is asked", drop("SAMLRequest=", "&")),
		spelt("two requests", "which one is signed?", func(_ Base, q string) (string, error) { return q + "&SAMLRequest=x", nil }),
		spelt("two requests, the first forged", "which one is signed?", func(_ Base, q string) (string, error) { return "SAMLRequest=x&" + q, nil }),
		spelt("two signatures", "which one counts?", func(_ Base, q string) (string, error) { return q + "&Signature=x", nil }),
		spelt("two RelayStates", "which one is signed?", func(_ Base, q string) (string, error) { return q + "&RelayState=x", nil }),
		spelt("a request and an answer", "which one is it?", func(_ Base, q string) (string, error) { return q + "&SAMLResponse=x", nil }),
		spelt("a name with escapes", "a second spelling of one name", swap("SAMLRequest=", "%53AMLRequest=")),
		spelt("a second name with escapes", "a second spelling of one name", func(_ Base, q string) (string, error) { return q + "&%53AMLRequest=x", nil }),
		spelt("another encoding", "there is one", func(_ Base, q string) (string, error) { return q + "&SAMLEncoding=none", nil }),
		{Name: "redirect: no ID", Why: "nothing to remember", Code: sso.SLOMalformed, edits: []edit{drop(` ID="`, `"`)}},
		{Name: "redirect: not deflated", Why: "the binding's only encoding", Code: sso.SLOMalformed, pack: func(doc string) string { return base64.StdEncoding.EncodeToString([]byte(doc)) }},
		{Name: "redirect: no base64", Why: "the binding's only encoding", Code: sso.SLOMalformed, pack: func(string) string { return "%%%" }},
		{Name: "redirect: a bomb that the provider signed", Why: "8 MiB in 11 KB", Code: sso.SLOMalformed, pack: huge},
		{Name: "redirect: a bomb", Why: "nothing is unpacked for a stranger", Code: sso.SLOSignature, pack: huge, key: stranger},
		{Name: "redirect: a long address", Why: "longer than any message", Code: sso.SLOMalformed, query: []edit{
			func(_ Base, q string) (string, error) { return q + "&x=" + strings.Repeat("x", 16<<10), nil },
		}},
	}
}

// huge packs more than any message may be.
func huge(doc string) string { return deflated(doc + strings.Repeat(" ", 8<<20)) }

const rsaSHA1, hmacSHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"

// cut leaves the address off where mark begins.
func cut(mark string) edit {
	return func(_ Base, query string) (string, error) {
		before, _, _ := strings.Cut(query, mark)
		return before, nil
	}
}

// logoutRedirects are spellings of the address, whose very octets are signed (SAML Bindings 3.4.4.1).
func logoutRedirects() []Logout {
	spelt := func(code sso.Code, name, why string, query ...edit) Logout {
		return Logout{Name: "redirect: " + name, Why: why, Code: code, query: query}
	}
	signs := func(code sso.Code, name, why string, sign func(*redirect)) Logout {
		return Logout{Name: "redirect: " + name, Why: why, Code: code, sign: sign}
	}
	return []Logout{
		{Name: "redirect: escapes in small letters", Why: "Microsoft: the raw octets are signed", escape: lower},
		{Name: "redirect: spaces and letters escaped", Why: "the raw octets are signed", escape: everything},
		spelt("", "parameters in another order", "the order in the address means nothing", reordered),
		spelt("", "foreign parameters", "proxies add theirs", func(_ Base, q string) (string, error) { return "utm=1&" + q + "&x=%zz", nil }),
		spelt("", "the encoding named", "its only value (SAML Bindings 3.4.4)", func(_ Base, q string) (string, error) {
			return q + "&SAMLEncoding=" + url.QueryEscape("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"), nil
		}),
		signs("", "no RelayState", "it is optional", func(r *redirect) { r.state = "" }),
		signs("", "SHA-512", "stronger is fine", func(r *redirect) {
			r.alg, r.hash = url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"), crypto.SHA512
		}),

		spelt(sso.SLOSignature, "escapes written anew", "the raw octets are signed", func(_ Base, q string) (string, error) {
			return strings.ReplaceAll(q, "%2B", "%2b"), nil
		}),
		spelt(sso.SLOSignature, "RelayState changed", "it is signed", swap("RelayState=state", "RelayState=other")),
		spelt(sso.SLOSignature, "RelayState taken away", "it is signed", drop("&RelayState=", "%C3%A9")),
		signs(sso.SLOSignature, "RelayState not signed", "it is part of what is signed", func(r *redirect) {
			r.over = func(signed string) string { return strings.Replace(signed, "&RelayState="+r.state, "", 1) }
		}),
		signs(sso.SLOSignature, "signed in another order", "SigAlg comes last", func(r *redirect) {
			r.over = func(signed string) string {
				before, alg, _ := strings.Cut(signed, "&SigAlg=")
				return "SigAlg=" + alg + "&" + before
			}
		}),
		signs(sso.SLOSignature, "signed decoded", "the raw octets are signed", func(r *redirect) {
			r.over = func(signed string) string { plain, _ := url.QueryUnescape(signed); return plain }
		}),
		signs(sso.SLOSignature, "SHA-1", "collisions", func(r *redirect) { r.alg, r.hash = url.QueryEscape(rsaSHA1), crypto.SHA1 }),
		signs(sso.SLOSignature, "HMAC", "a public key is no secret", func(r *redirect) { r.alg = url.QueryEscape(hmacSHA1) }),
		signs(sso.SLOSignature, "no SigAlg", "by which method?", func(r *redirect) { r.alg = "" }),
		signs(sso.SLOSignature, "another SigAlg than was used", "one method", func(r *redirect) { r.hash = crypto.SHA512 }),
		spelt(sso.SLOSignature, "no Signature", "anybody could end sessions", cut("&Signature=")),
		spelt(sso.SLOSignature, "empty Signature", "anybody could end sessions", func(_ Base, q string) (string, error) {
			signed, _, _ := strings.Cut(q, "&Signature=")
			return signed + "&Signature=", nil
		}),
		spelt(sso.SLOSignature, "more behind the Signature", "half a reader takes it", func(_ Base, q string) (string, error) { return q + "!", nil }),
		spelt(sso.SLOSignature, "Signature is no base64", "nothing to verify", after("&Signature=", "!")),
		{
			Name: "redirect: signed inside instead", Why: "the binding's signature is beside (3.4.4.1)", Code: sso.SLOSignature, enveloped: true,
			query: []edit{cut("&SigAlg=")},
		},
		{Name: "redirect: signed inside as well", Why: "a signature inside must be removed (3.4.4.1)", Code: sso.SLOSignature, enveloped: true},

		{Name: "redirect: the last block left open", Why: "some senders flush and do not close", pack: func(doc string) string { return unclosed(doc, "") }},
		{Name: "redirect: junk behind the message", Why: "half a reader takes it", Code: sso.SLOMalformed, pack: func(doc string) string { return unclosed(doc, "\xff\xff") }},
		{Name: "redirect: no base64 at the end", Why: "half a reader takes it", Code: sso.SLOMalformed, pack: func(doc string) string { return deflated(doc) + "!" }},
	}
}

// reordered turns the parameters around.
func reordered(_ Base, query string) (string, error) {
	pairs := strings.Split(query, "&")
	slices.Reverse(pairs)
	return strings.Join(pairs, "&"), nil
}

// everything escapes what need not be.
func everything(value string) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for i := range len(value) {
		out.Write([]byte{'%', digits[value[i]>>4], digits[value[i]&15]})
	}
	return out.String()
}

// unclosed packs a text without an end of the packing, with what behind it.
func unclosed(doc, what string) string {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression) // the level is legal
	_, _ = w.Write([]byte(doc))                             // a Buffer takes all
	_ = w.Flush()
	return base64.StdEncoding.EncodeToString(append(packed.Bytes(), what...))
}
