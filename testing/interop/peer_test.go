package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/idplug/idplug/testing/need"
)

// peer is an implementation of the service provider's side that is asked for a second opinion.
type peer struct {
	software
	ask         func(*testing.T, *connection, []question) []opinion
	differences             // about sign-ins
	logouts     differences // about messages of single logout
	// onlySignatures: it knows signatures and nothing of SAML.
	onlySignatures bool
}

// differences are all between a peer and us.
type differences struct {
	stricter []difference // what we accept and it refuses
	reads    []difference // what both accept and it reads in another way
}

// difference is a set of messages that we accept and a peer refuses or reads in another way, with the reason why that is no mistake of ours.
type difference struct {
	of  string // a regular expression for the names of the vectors
	why string
}

// reasonFor is the first reason that fits a message, "" for none.
func reasonFor(vector string, among []difference) string {
	for _, d := range among {
		if regexp.MustCompile(d.of).MatchString(vector) {
			return d.why
		}
	}
	return ""
}

func python(packages, imports, script string) func(*testing.T, *connection, []question) []opinion {
	return func(t *testing.T, c *connection, list []question) []opinion {
		interpreter := need.PythonModules(t, packages, imports)
		return work(t, c, list, exec.CommandContext(t.Context(), interpreter, "-I", filepath.Join("peers", script)))
	}
}

func nodeSAML(t *testing.T, c *connection, list []question) []opinion {
	node, modules := need.Node(t, npm)
	command := exec.CommandContext(t.Context(), node, filepath.Join("peers", "node_saml.js"))
	command.Env = append(os.Environ(), "NODE_PATH="+modules)
	return work(t, c, list, command)
}

// structured are values that are elements: each implementation shows those in a way of its own.
var structured = difference{`^eduPersonTargetedID$`, "a value that is an element has no text of its own"}

// What several of them lack.
const (
	newerOAEP = `^encrypted: (aes\d+-..., rsa-oaep, |label of the newer name)`
	otherHash = `^encrypted: aes\d+-..., rsa-oaep-mgf1p, sha256, `
	sealedID  = `^logout: an encrypted name, by `
)

// leftOpen is a message whose sender flushed it and did not close it. All of it is there.
var leftOpen = difference{`^redirect: the last block left open$`, "it wants the packing closed"}

func peers() []peer {
	return []peer{
		{
			software: software{name: "python3-saml", version: "1.12.0", from: "python3-onelogin-saml2", stack: "Python, lxml, libxmlsec1"},
			ask:      python("python3-onelogin-saml2", "onelogin.saml2", "python3_saml.py"),
			differences: differences{
				stricter: []difference{
					{`^PrefixList$`, "its copy of the schema has no InclusiveNamespaces in a CanonicalizationMethod"},
					{`^eduPersonTargetedID$`, "the value says that it is a string, and its schema wants one"},
					{`^(clock behind|time: SubjectConfirmationData NotOnOrAfter)`, "it allows no clock skew to a SubjectConfirmation"},
					{`^encrypted: no type$`, "it opens only data with a Type"},
					{newerOAEP, "libxmlsec1 1.2 does not know the newer RSA-OAEP"},
					{otherHash, "libxmlsec1 1.2 knows RSA-OAEP with SHA-1 alone"},
					{`^encrypted: for two named recipients$`, "it tries the first EncryptedKey alone"},
				},
			},
			logouts: differences{stricter: []difference{
				{`^logout: good until now, skew and all`, "it allows no clock skew to a LogoutRequest"},
				leftOpen,
			}},
		},
		{
			software: software{name: "Lasso", version: "2.8.1", from: "python3-lasso", stack: "C, libxml2, libxmlsec1"},
			ask:      python("python3-lasso", "lasso", "lasso.py"),
			differences: differences{
				stricter: []difference{
					{`^no Issuer on the Response$`, "it finds the provider by the Issuer of the Response"},
					{`^two (confirmations, one|bearers, the second) sound$`, "it reads the first SubjectConfirmation alone"},
					{`^encrypted: namespace declared outside$`, "it reads what was encrypted without the declarations around it"},
					{`^encrypted: no type$`, "it opens only data with a Type"},
					{newerOAEP, "libxmlsec1 1.2 does not know the newer RSA-OAEP"},
					{otherHash, "libxmlsec1 1.2 knows RSA-OAEP with SHA-1 alone"},
					{`^encrypted: for two`, "it tries one EncryptedKey alone"},
				},
				reads: []difference{structured},
			},
			logouts: differences{stricter: []difference{
				{sealedID, "it reads what was encrypted without the declarations around it"},
				{`^bound: a packed message of 512 KiB$`, "it unpacks nothing to many times its length"},
				leftOpen,
			}},
		},
		{
			software: software{name: "node-saml", version: "5.1.0", from: "@node-saml/node-saml", stack: "JavaScript, xmldom, xml-crypto, xml-encryption"},
			ask:      nodeSAML,
			differences: differences{
				stricter: []difference{
					{`^encrypted: namespace declared outside$`, "it reads what was encrypted without the declarations around it"},
					{newerOAEP, "it does not know the newer RSA-OAEP"},
					{otherHash, "it knows RSA-OAEP with SHA-1 alone"},
					{`^encrypted: aes192-`, "it does not know AES-192"},
					{`^encrypted: OAEPparams$`, "it does not know OAEPparams"},
					{`^encrypted: for two`, "it tries the first EncryptedKey alone"},
				},
				reads: []difference{
					{`^repeated attribute$`, "of two Attributes of one name it keeps the last"},
					structured,
				},
			},
			logouts: differences{
				stricter: []difference{leftOpen},
				reads:    []difference{{`(one more session named|session index)`, "of several sessions it reads the first"}},
			},
		},
		{
			software: software{name: "xmlsec1", version: "1.2.37", from: "xmlsec1", stack: "C, libxml2, OpenSSL"},
			ask:      xmlsec, onlySignatures: true,
		},
		{
			software: software{name: "crewjam/saml", version: "0.6.3", from: "github.com/crewjam/saml", stack: "Go, etree, goxmldsig"},
			ask:      crewjamSays,
			differences: differences{
				stricter: []difference{
					{`^KeyInfo that says something else$`, "it believes the certificate in KeyInfo when that is among the trusted ones"},
					{`^(clock behind|time: .* IssueInstant old)`, "it wants a Response to be younger than 90 seconds"},
					{`^lines inside an attribute$`, "it keeps the lines of an attribute's value, where XML has spaces"},
					{`^(attributes of two namespaces|the prefix xml declared)$`, "its check of round trips through Go's parser fails at some prefixes"},
					{`^encrypted: namespace declared outside$`, "it reads what was encrypted without the declarations around it"},
				},
				reads: []difference{structured},
			},
			logouts: differences{stricter: []difference{
				{sealedID, "it reads what was encrypted without the declarations around it"},
				{`^logout: issued as early as may be`, "it wants a message to be younger than 90 seconds"},
				leftOpen,
			}},
		},
	}
}
