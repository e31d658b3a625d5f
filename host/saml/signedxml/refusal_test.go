package signedxml_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

// TestSignatureRefusals changes one thing of a good signature at a time. The unchanged one is everybody's positive twin.
func TestSignatureRefusals(t *testing.T) {
	s := rsaSigner(t)
	good := string(sign(t, response, "_a", samltest.Signing{Key: s.Signer, Cert: s.cert.Raw, FormList: "xs"}))
	require.NoError(t, verify(t, []byte(good), "_a", s, signedxml.Policy{}))
	cut := func(from, to string) string {
		_, rest, _ := strings.Cut(good, from)
		part, _, found := strings.Cut(rest, to)
		require.True(t, found)
		return from + part + to
	}
	const exc, env = "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	const envStep = `<ds:Transform Algorithm="` + env + `"/>`
	signature, info, ref := cut("<ds:Signature ", "</ds:Signature>"), cut("<ds:SignedInfo>", "</ds:SignedInfo>"), cut("<ds:Reference ", "</ds:Reference>")
	value, digest, keyInfo := cut("<ds:SignatureValue>", "</ds:SignatureValue>"), cut("<ds:DigestValue>", "</ds:DigestValue>"), cut("<ds:KeyInfo>", "</ds:KeyInfo>")
	transforms, method, list := cut("<ds:Transforms>", "</ds:Transforms>"), cut("<ds:SignatureMethod ", "/>"), cut("<ec:", "/>")
	const c14n = `<ds:CanonicalizationMethod Algorithm="` + exc + `"/>`
	const sha256 = `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`
	for name, c := range map[string]struct{ code, old, new string }{
		"two signatures":             {signedxml.CodeSigStructure, signature, signature + signature},
		"empty":                      {signedxml.CodeSigStructure, signature, `<ds:Signature xmlns:ds="` + dsURI + `"/>`},
		"text":                       {signedxml.CodeSigStructure, info, "x" + info},
		"foreign child":              {signedxml.CodeSigStructure, info, info + `<x/>`},
		"foreign SignedInfo":         {signedxml.CodeSigStructure, info, strings.ReplaceAll(info, "ds:SignedInfo", "saml2:SignedInfo")},
		"two SignedInfo":             {signedxml.CodeSigStructure, info, info + info},
		"no SignedInfo":              {signedxml.CodeSigStructure, info, ""},
		"SignedInfo last":            {signedxml.CodeSigStructure, info + value, value + info},
		"two values":                 {signedxml.CodeSigStructure, value, value + value},
		"no value":                   {signedxml.CodeSigStructure, value, ""},
		"two KeyInfo":                {signedxml.CodeSigStructure, keyInfo, keyInfo + keyInfo},
		"assertion in KeyInfo":       {signedxml.CodeSigStructure, "<ds:KeyInfo>", "<ds:KeyInfo><saml2:Assertion/>"},
		"object in KeyInfo":          {signedxml.CodeSigStructure, "<ds:KeyInfo>", "<ds:KeyInfo><ds:Object/>"},
		"signature in KeyInfo":       {signedxml.CodeSigStructure, "<ds:KeyInfo>", "<ds:KeyInfo><ds:Signature/>"},
		"text in SignedInfo":         {signedxml.CodeSigStructure, "<ds:SignedInfo>", "<ds:SignedInfo>x"},
		"text in Reference":          {signedxml.CodeSigStructure, transforms, transforms + "x"},
		"text in Transforms":         {signedxml.CodeSigStructure, "<ds:Transforms>", "<ds:Transforms>x"},
		"foreign in Transforms":      {signedxml.CodeSigStructure, "<ds:Transforms>", "<ds:Transforms><x/>"},
		"no Transforms":              {signedxml.CodeSigStructure, transforms, ""},
		"two Transforms":             {signedxml.CodeSigStructure, transforms, transforms + transforms},
		"no digest method":           {signedxml.CodeSigStructure, sha256, ""},
		"two methods":                {signedxml.CodeSigStructure, method, method + method},
		"two canonicalizations":      {signedxml.CodeSigStructure, c14n, c14n + c14n},
		"object":                     {signedxml.CodeSigObject, keyInfo, keyInfo + `<ds:Object/>`},
		"object alone":               {signedxml.CodeSigObject, info, `<ds:Object/>`},
		"two references":             {signedxml.CodeSigReference, ref, ref + ref},
		"no reference":               {signedxml.CodeSigReference, ref, ""},
		"two digest values":          {signedxml.CodeSigReference, digest, digest + digest},
		"URI without #":              {signedxml.CodeSigReference, `URI="#_a"`, `URI="_a"`},
		"URI empty":                  {signedxml.CodeSigReference, `URI="#_a"`, `URI=""`},
		"URI absent":                 {signedxml.CodeSigReference, `URI="#_a"`, ``},
		"URI of another element":     {signedxml.CodeSigReference, `URI="#_a"`, `URI="#_r"`},
		"URI in another case":        {signedxml.CodeSigReference, `URI="#_a"`, `URI="#_A"`},
		"URI xpointer":               {signedxml.CodeSigReference, `URI="#_a"`, `URI="#xpointer(id('_a'))"`},
		"URI external":               {signedxml.CodeSigReference, `URI="#_a"`, `URI="http://x.test/#_a"`},
		"URI escaped":                {signedxml.CodeSigReference, `URI="#_a"`, `URI="#%5Fa"`},
		"URI qualified":              {signedxml.CodeSigReference, `URI="#_a"`, `ds:URI="#_a"`},
		"ID taken away":              {signedxml.CodeSigReference, `ID="_a"`, ``},
		"ID in another case":         {signedxml.CodeSigReference, `ID="_a"`, `Id="_a"`},
		"no transform":               {signedxml.CodeSigTransform, transforms, "<ds:Transforms/>"},
		"three transforms":           {signedxml.CodeSigTransform, envStep, envStep + envStep},
		"XPath behind the two":       {signedxml.CodeSigTransform, "</ds:Transforms>", `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>`},
		"enveloped twice":            {signedxml.CodeSigTransform, transforms, "<ds:Transforms>" + envStep + envStep + "</ds:Transforms>"},
		"no enveloped":               {signedxml.CodeSigTransform, envStep, ""},
		"enveloped last":             {signedxml.CodeSigTransform, transforms, `<ds:Transforms><ds:Transform Algorithm="` + exc + `"/>` + envStep + "</ds:Transforms>"},
		"enveloped with content":     {signedxml.CodeSigTransform, envStep, `<ds:Transform Algorithm="` + env + `"><x/></ds:Transform>`},
		"XPath":                      {signedxml.CodeSigTransform, `<ds:Transform Algorithm="` + exc, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116`},
		"XSLT":                       {signedxml.CodeSigTransform, `<ds:Transform Algorithm="` + exc, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116`},
		"base64":                     {signedxml.CodeSigTransform, `<ds:Transform Algorithm="` + exc, `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64`},
		"with comments":              {signedxml.CodeSigTransform, `<ds:Transform Algorithm="` + exc, `<ds:Transform Algorithm="` + exc + "WithComments"},
		"with comments, SignedInfo":  {signedxml.CodeSigTransform, c14n, `<ds:CanonicalizationMethod Algorithm="` + exc + `WithComments"/>`},
		"unknown canonicalization":   {signedxml.CodeSigTransform, c14n, `<ds:CanonicalizationMethod Algorithm="urn:x"/>`},
		"no canonicalization":        {signedxml.CodeSigTransform, c14n, `<ds:CanonicalizationMethod/>`},
		"text in canonicalization":   {signedxml.CodeSigTransform, c14n, `<ds:CanonicalizationMethod Algorithm="` + exc + `">x</ds:CanonicalizationMethod>`},
		"two prefix lists":           {signedxml.CodeSigTransform, list, list + list},
		"two lists, the first empty": {signedxml.CodeSigTransform, list, strings.Replace(list, `PrefixList="xs"`, `PrefixList=""`, 1) + list},
		"prefix list inclusive":      {signedxml.CodeSigTransform, `<ds:Transform Algorithm="` + exc, `<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315`},
		"foreign prefix list":        {signedxml.CodeSigTransform, list, `<ec:InclusiveNamespaces xmlns:ec="urn:x" PrefixList="xs"/>`},
		"prefix list of junk":        {signedxml.CodeSigTransform, `PrefixList="xs"`, `PrefixList="xs #all"`},
		"10,000 prefixes":            {signedxml.CodeSigTransform, `PrefixList="xs"`, `PrefixList="` + strings.Repeat("x ", 10_000) + `"`},
		"HMAC":                       {signedxml.CodeSigWeakAlg, "rsa-sha256", "hmac-sha256"},
		"MD5":                        {signedxml.CodeSigWeakAlg, "rsa-sha256", "rsa-md5"},
		"DSA":                        {signedxml.CodeSigWeakAlg, "xmldsig-more#rsa-sha256", "xmldsig#dsa-sha1"},
		"none":                       {signedxml.CodeSigWeakAlg, method, `<ds:SignatureMethod Algorithm="none"/>`},
		"method with parameters":     {signedxml.CodeSigWeakAlg, method, strings.Replace(method, "/>", "><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>", 1)},
		"rsa-sha1":                   {signedxml.CodeSigWeakAlg, "2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"},
		"method of another kind":     {signedxml.CodeSigWeakAlg, "rsa-sha256", "ecdsa-sha256"},
		"SHA-1 digest":               {signedxml.CodeSigWeakAlg, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"},
		"digest with parameters":     {signedxml.CodeSigWeakAlg, sha256, strings.Replace(sha256, "/>", "><x/></ds:DigestMethod>", 1)},
		"MD5 digest":                 {signedxml.CodeSigWeakAlg, "2001/04/xmlenc#sha256", "2001/04/xmldsig-more#md5"},
		"value empty":                {signedxml.CodeSigMalformed, value, "<ds:SignatureValue> </ds:SignatureValue>"},
		"value with garbage":         {signedxml.CodeSigMalformed, "<ds:SignatureValue>", "<ds:SignatureValue>*"},
		"value with an element":      {signedxml.CodeSigMalformed, "<ds:SignatureValue>", "<ds:SignatureValue><x/>"},
		"value too long":             {signedxml.CodeSigMalformed, "<ds:SignatureValue>", "<ds:SignatureValue>" + strings.Repeat("AAAA", 400)},
		"digest empty":               {signedxml.CodeSigMalformed, digest, "<ds:DigestValue/>"},
		"digest with an element":     {signedxml.CodeSigMalformed, "<ds:DigestValue>", "<ds:DigestValue><x/>"},
		"digest in url-safe base64":  {signedxml.CodeSigMalformed, digest, "<ds:DigestValue>_-__</ds:DigestValue>"},
		"digest short":               {signedxml.CodeSigDigest, digest, "<ds:DigestValue>AAAA</ds:DigestValue>"},
		"content changed":            {signedxml.CodeSigDigest, ">two<", ">too<"},
		"content in CDATA":           {signedxml.CodeSigDigest, "<![CDATA[<&>]]>", "<![CDATA[<&>;]]>"},
		"element moved":              {signedxml.CodeSigDigest, "<saml2:Subject>", "<saml2:Subject><saml2:x/>"},
		"attribute changed":          {signedxml.CodeSigDigest, `Name="groups"`, `Name="group"`},
		"type changed":               {signedxml.CodeSigDigest, `xsi:type="xs:string"`, `xsi:type="xs:int"`},
		"listed prefix unbound":      {signedxml.CodeSigDigest, ` xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r"`, ` ID="_r"`},
		"white space":                {signedxml.CodeSigDigest, "<saml2:Subject>", "<saml2:Subject> "},
		"SignedInfo with an Id":      {signedxml.CodeSigUntrustedKey, "<ds:SignedInfo>", `<ds:SignedInfo Id="x">`},
		"SignedInfo, white space":    {signedxml.CodeSigUntrustedKey, "<ds:SignedInfo>", `<ds:SignedInfo> `},
		"reference with a type":      {signedxml.CodeSigUntrustedKey, `URI="#_a"`, `URI="#_a" Type="urn:x"`},
		"value of another signature": {signedxml.CodeSigUntrustedKey, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			require.NotEqual(t, good, bad)
			requireCode(t, c.code, verdict(t, []byte(bad), s.keys(), signedxml.Policy{}))
		})
	}
}

// verdict judges the only assertion, whatever its ID is called.
func verdict(t testing.TB, doc []byte, keys []signedxml.Key, p signedxml.Policy) error {
	t.Helper()
	d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	a, _ := d.Root().Child(samlURI, "Assertion")
	sig, ok, err := a.Signature()
	if err != nil {
		return err
	}
	require.True(t, ok)
	_, err = sig.Verify(keys, p)
	return err
}

func TestSHA1OnlyByPolicy(t *testing.T) {
	s := rsaSigner(t)
	for _, signing := range []samltest.Signing{{Method: "sha1"}, {Digest: "sha1"}} {
		signing.Key = s.Signer
		doc := sign(t, response, "_a", signing)
		requireCode(t, signedxml.CodeSigWeakAlg, verdict(t, doc, s.keys(), signedxml.Policy{}))
		require.NoError(t, verdict(t, doc, s.keys(), signedxml.Policy{AllowSHA1: true}))
	}
}

// TestKeys: every key is tried, weak ones and those of another kind never are.
func TestKeys(t *testing.T) {
	good, other, ec := rsaSigner(t), otherSigner(t), ecdsaSigner(t, elliptic.P256())
	doc := sign(t, response, "_a", samltest.Signing{Key: good.Signer, Cert: good.cert.Raw})
	a := find(t, doc, "_a")
	sig, ok, err := a.Signature()
	require.NoError(t, err)
	require.True(t, ok)
	key, err := sig.Verify([]signedxml.Key{{Public: ec.Public()}, {}, {Public: other.Public()}, {Public: good.Public()}}, signedxml.Policy{})
	require.NoError(t, err)
	require.Equal(t, 3, key)

	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	weak := sign(t, response, "_a", samltest.Signing{Key: short})
	exponent := *good.Public().(*rsa.PublicKey)
	exponent.E = 1
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	huge := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 8192), E: 65537}
	for name, c := range map[string]struct {
		code string
		doc  []byte
		key  any
	}{
		"no key":             {signedxml.CodeSigUntrustedKey, doc, nil},
		"another key":        {signedxml.CodeSigUntrustedKey, doc, other.Public()},
		"RSA-1024":           {signedxml.CodeSigWeakAlg, weak, short.Public()},
		"exponent 1":         {signedxml.CodeSigWeakAlg, doc, &exponent},
		"RSA-8193":           {signedxml.CodeSigWeakAlg, doc, huge},
		"ECDSA for rsa":      {signedxml.CodeSigWeakAlg, doc, ec.Public()},
		"RSA for ecdsa":      {signedxml.CodeSigWeakAlg, sign(t, response, "_a", samltest.Signing{Key: ec.Signer}), good.Public()},
		"P-224":              {signedxml.CodeSigWeakAlg, sign(t, response, "_a", samltest.Signing{Key: p224}), p224.Public()},
		"Ed25519":            {signedxml.CodeSigWeakAlg, doc, ed.Public()},
		"nil RSA":            {signedxml.CodeSigWeakAlg, doc, (*rsa.PublicKey)(nil)},
		"RSA by value":       {signedxml.CodeSigWeakAlg, doc, *good.Public().(*rsa.PublicKey)},
		"certificate's text": {signedxml.CodeSigWeakAlg, doc, good.cert.Raw},
	} {
		t.Run(name, func(t *testing.T) {
			var keys []signedxml.Key
			if c.key != nil {
				keys = append(keys, signedxml.Key{Public: c.key})
			}
			requireCode(t, c.code, verdict(t, c.doc, keys, signedxml.Policy{}))
		})
	}
}

// TestEveryMethodVerifies: with a key of its kind, and with no other.
func TestEveryMethodVerifies(t *testing.T) {
	for method, key := range map[string]signer{
		"sha256 rsa": rsaSigner(t), "sha384 rsa": rsaSigner(t), "sha512 rsa": rsaSigner(t), "sha1 rsa": rsaSigner(t),
		"sha256 P-256": ecdsaSigner(t, elliptic.P256()), "sha384 P-384": ecdsaSigner(t, elliptic.P384()), "sha512 P-521": ecdsaSigner(t, elliptic.P521()),
		"sha1 P-256": ecdsaSigner(t, elliptic.P256()),
	} {
		hash, _, _ := strings.Cut(method, " ")
		doc := sign(t, response, "_a", samltest.Signing{Key: key.Signer, Method: hash})
		allowed := signedxml.Policy{AllowSHA1: true}
		require.NoError(t, verdict(t, doc, []signedxml.Key{{Public: key.Public()}}, allowed), method)
		for _, other := range []signer{rsaSigner(t), ecdsaSigner(t, elliptic.P256())} {
			if !reflect.DeepEqual(other.Public(), key.Public()) {
				require.Error(t, verdict(t, doc, []signedxml.Key{{Public: other.Public()}}, allowed), method)
			}
		}
	}
}

// TestTheSmallestExponent: 3 is rare and sound.
func TestTheSmallestExponent(t *testing.T) {
	one := big.NewInt(1)
	var primes []*big.Int
	var totient *big.Int
	for totient == nil || totient.ModInverse(big.NewInt(3), totient) == nil {
		primes = nil
		for range 2 {
			p, err := rand.Prime(rand.Reader, 1024)
			require.NoError(t, err)
			primes = append(primes, p)
		}
		totient = new(big.Int).Mul(new(big.Int).Sub(primes[0], one), new(big.Int).Sub(primes[1], one))
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(primes[0], primes[1]), E: 3}, D: totient, Primes: primes}
	key.Precompute()
	require.NoError(t, key.Validate())
	doc := sign(t, response, "_a", samltest.Signing{Key: key})
	require.NoError(t, verdict(t, doc, []signedxml.Key{{Public: key.Public()}}, signedxml.Policy{}))
}

// TestABrokenSignatureIsOne: whoever asks whether there is one hears yes, beside what is wrong with it.
func TestABrokenSignatureIsOne(t *testing.T) {
	key := rsaSigner(t)
	whole := string(sign(t, response, "_a", samltest.Signing{Key: key.Signer}))
	signature := string(between(t, []byte(whole), "<ds:Signature ", "</ds:Signature>"))
	for name, doc := range map[string]string{
		"two":    strings.Replace(whole, signature, signature+signature, 1),
		"broken": strings.Replace(whole, "<ds:SignedInfo>", "<ds:SignedInfo><ds:x/>", 1),
	} {
		_, there, err := find(t, []byte(doc), "_a").Signature()
		require.Error(t, err, name)
		require.True(t, there, name)
	}
	d, err := signedxml.Parse([]byte(whole), signedxml.MetadataLimits())
	require.NoError(t, err)
	a, _ := d.Root().Child("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion")
	_, there, err := a.Signature()
	requireCode(t, signedxml.CodeSigStructure, err)
	require.True(t, there)
}

// TestReferenceToNoID: an element without an ID is not what "#" means.
func TestReferenceToNoID(t *testing.T) {
	s := rsaSigner(t)
	good := string(sign(t, response, "_a", samltest.Signing{Key: s.Signer}))
	bad := strings.NewReplacer(` ID="_a"`, "", `URI="#_a"`, `URI="#"`).Replace(good)
	require.NotEqual(t, good, bad)
	requireCode(t, signedxml.CodeSigReference, verdict(t, []byte(bad), s.keys(), signedxml.Policy{}))
}

// TestECDSASignaturesAreRaw: what Go itself would sign, ASN.1, is not legal in XML Signature.
func TestECDSASignaturesAreRaw(t *testing.T) {
	s := ecdsaSigner(t, elliptic.P256())
	doc := sign(t, response, "_a", samltest.Signing{Key: s.Signer})
	require.NoError(t, verdict(t, doc, s.keys(), signedxml.Policy{}))
	zero := bytes.Replace(doc, between(t, doc, "<ds:SignatureValue>", "<"), []byte(strings.Repeat("A", 86)+"=="), 1)
	requireCode(t, signedxml.CodeSigUntrustedKey, verdict(t, zero, s.keys(), signedxml.Policy{}))
	longer := bytes.Replace(doc, []byte("<ds:SignatureValue>"), []byte("<ds:SignatureValue>AAAA"), 1)
	requireCode(t, signedxml.CodeSigUntrustedKey, verdict(t, longer, s.keys(), signedxml.Policy{}))
	encoded := between(t, doc, "<ds:SignatureValue>", "<")
	raw, err := base64.StdEncoding.DecodeString(string(encoded))
	require.NoError(t, err)
	for _, value := range [][]byte{slices.Insert(slices.Clone(raw), len(raw)/2, 0), raw[:len(raw)/2], raw[:1]} { // a zero before s, r alone, a byte
		changed := bytes.Replace(doc, encoded, []byte(base64.StdEncoding.EncodeToString(value)), 1)
		require.NotEqual(t, doc, changed)
		requireCode(t, signedxml.CodeSigUntrustedKey, verdict(t, changed, s.keys(), signedxml.Policy{}))
	}
}

func between(t testing.TB, doc []byte, from, to string) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(doc, []byte(from))
	require.True(t, ok)
	part, _, ok := bytes.Cut(rest, []byte(to))
	require.True(t, ok)
	return part
}

// TestCovers: what stands in the signature is inside the signed element and yet nobody's word.
func TestCovers(t *testing.T) {
	s := rsaSigner(t)
	a := find(t, sign(t, response, "_a", samltest.Signing{Key: s.Signer, Cert: s.cert.Raw}), "_a")
	sig, _, err := a.Signature()
	require.NoError(t, err)
	require.True(t, sig.Covers(a))
	require.False(t, sig.Covers(a.Parent()))
	require.False(t, sig.Covers(sig.Node()))
	info, _ := sig.Node().Child(dsURI, "KeyInfo")
	require.False(t, sig.Covers(info))
	subject, _ := a.Child(samlURI, "Subject")
	require.True(t, sig.Covers(subject))
	require.False(t, sig.Covers(find(t, []byte(response), "_a")), "another document's node")
	method, digest := sig.Algorithms()
	require.Equal(t, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", method)
	require.Equal(t, "http://www.w3.org/2001/04/xmlenc#sha256", digest)
}

// TestNoSignatureAndLenient: absence is no error, and a leniently read document cannot be verified by accident.
func TestNoSignatureAndLenient(t *testing.T) {
	_, ok, err := find(t, []byte(response), "_a").Signature()
	require.False(t, ok)
	require.NoError(t, err)
	s := rsaSigner(t)
	signed := sign(t, response, "_a", samltest.Signing{Key: s.Signer})
	_, ok, err = find(t, signed, "_r").Signature()
	require.False(t, ok, "the assertion's signature is not the response's")
	require.NoError(t, err)
	d, err := signedxml.Parse(signed, signedxml.MetadataLimits())
	require.NoError(t, err)
	a, _ := d.Root().Child(samlURI, "Assertion")
	_, _, err = a.Signature()
	requireCode(t, signedxml.CodeSigStructure, err)
}

// TestEveryByteCounts flips each byte of the signed assertion: nothing may verify and read differently than before.
func TestEveryByteCounts(t *testing.T) {
	s := rsaSigner(t)
	doc := sign(t, response, "_a", samltest.Signing{Key: s.Signer})
	original := find(t, doc, "_a")
	want := canonicalOf(t, original)
	start := bytes.Index(doc, []byte("<saml2:Assertion"))
	refused := 0
	for i := start; i < len(doc); i++ {
		for _, flip := range []byte{0x01, 0x20} {
			bad := bytes.Clone(doc)
			bad[i] ^= flip
			d, err := signedxml.Parse(bad, signedxml.DefaultLimits())
			if err != nil {
				refused++
				continue
			}
			a, _ := d.Root().Child(samlURI, "Assertion")
			sig, ok, err := a.Signature()
			if !ok || err != nil {
				refused++
				continue
			}
			if _, err := sig.Verify(s.keys(), signedxml.Policy{}); err != nil {
				refused++
				continue
			}
			require.Equal(t, want, canonicalOf(t, a), "byte %d", i)
		}
	}
	require.Greater(t, refused, 2*(len(doc)-start)*9/10)
}

// canonicalOf is what the signature of n covers.
func canonicalOf(t testing.TB, n signedxml.Node) string {
	t.Helper()
	sig, _, err := n.Signature()
	require.NoError(t, err)
	out, err := n.AppendCanonical(nil, signedxml.ExclusiveC14N, nil, sig.Node())
	require.NoError(t, err)
	return string(out)
}
