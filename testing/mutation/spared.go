package mutation

// spared are checks whose absence nobody could see, each with the reason.
func spared() map[string]string {
	const zeroTime = "what is no time is the zero time, which is over"
	const noMessage = "what cannot be unpacked or read is no message: the same code"
	return map[string]string{
		"saml/logout_read.go: refused != nil 3":                     noMessage,
		"saml/logout_read.go: err != nil 3":                         noMessage,
		"saml/logout_read.go: err != nil 4":                         "the zero Signature verifies nothing: the same code",
		"saml/logout_read.go: err != nil 7":                         "what has no form opens with no key: the same code",
		"saml/logout_read.go: !opened 1":                            "what is not opened is no NameID: the same code",
		"saml/logout_read.go: err != nil 8":                         "an error comes with the zero Node, which is no NameID",
		"saml/logout_read.go: !signed 1":                            "the zero Signature verifies nothing: the same code",
		"saml/logout_read.go: !ok 1":                                zeroTime,
		"saml/logout_redirect.go: err != nil 1":                     "an error comes with no name",
		"saml/logout_redirect.go: len(doc) > maxResponse 1":         "the gate takes no more bytes either: the same code",
		"saml/authentication.go: !ok 2":                             zeroTime,
		"saml/conditions.go: !ok 1":                                 zeroTime,
		"saml/confirmation.go: !ok 1":                               zeroTime,
		"saml/message.go: !ok 2":                                    zeroTime,
		"saml/value.go: err == nil 1":                               "an error comes with the zero time",
		"saml/encryption.go: err != nil 3":                          "an error comes with the zero Node, which is no Assertion",
		"saml/message.go: got == \"\" 1":                            "no connection has an empty entity ID",
		"signedxml/canonical.go: err != nil 3":                      "the algorithm was known when the signature was read",
		"signedxml/canonical.go: c.hashed == 0 1":                   "no element has an empty form; it is there for our own mistakes",
		"signedxml/chars.go: r <= utf8.MaxRune 1":                   "UTF-8 holds no greater",
		"signedxml/document.go: more == nil 1":                      "saves a copy",
		"signedxml/encoding.go: bytes.HasPrefix(doc, bomUTF16LE) 1": "the mark is no UTF-8: the same code",
		"signedxml/encoding.go: bytes.HasPrefix(doc, bomUTF16BE) 1": "the mark is no UTF-8: the same code",
		"signedxml/encoding.go: err == nil 1":                       "a declaration that cannot be read is refused a moment later",
		"signedxml/namespace.go: prefix == \"xml\" 1":               "it has a meaning already, and two are refused with the same code",
		"signedxml/scan.go: strings.HasPrefix(rest, \"<!\") 1":      "no name begins with an exclamation mark: the same code",
		"signedxml/signature.go: !ok 1":                             "no URI is not a number sign and an ID",
		"signedxml/text.go: code > utf8.MaxRune 1":                  "nothing greater is a character",
		"signedxml/verify.go: err != nil 2":                         "the form of SignedInfo cannot grow: it has few elements",
		"signedxml/verify.go: k.N != nil 1":                         "no certificate has such a key",
		"signedxml/verify.go: k != nil 2":                           "no certificate has such a key",
		"xmlenc/encrypted.go: err != nil 4":                         "an error comes with no bytes, which fit no method",
		"xmlenc/open.go: err != nil 1":                              "a block cipher of 16 bytes always makes a GCM",
		"login/logout.go: !ok 1":                                    "the zero session is nobody's: there is nobody to note it on",
		"login/test.go: err != nil 8":                               "a session that is not there comes as the zero session, which is over",
	}
}
