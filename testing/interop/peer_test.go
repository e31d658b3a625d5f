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
	ask      func(*testing.T, *connection, []question) []opinion
	stricter []difference
	reads    []difference // what both accept and it reads in another way
	// onlySignatures: it knows signatures and nothing of SAML.
	onlySignatures bool
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
)

func peers() []peer {
	return []peer{
		{
			software: software{name: "python3-saml", version: "1.12.0", from: "python3-onelogin-saml2", stack: "Python, lxml, libxmlsec1"},
			ask:      python("python3-onelogin-saml2", "onelogin.saml2", "python3_saml.py"),
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
		{
			software: software{name: "Lasso", version: "2.8.1", from: "python3-lasso", stack: "C, libxml2, libxmlsec1"},
			ask:      python("python3-lasso", "lasso", "lasso.py"),
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
		{
			software: software{name: "node-saml", version: "5.1.0", from: "@node-saml/node-saml", stack: "JavaScript, xmldom, xml-crypto, xml-encryption"},
			ask:      nodeSAML,
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
		{
			software: software{name: "xmlsec1", version: "1.2.37", from: "xmlsec1", stack: "C, libxml2, OpenSSL"},
			ask:      xmlsec, onlySignatures: true,
		},
		{
			software: software{name: "crewjam/saml", version: "0.6.3", from: "github.com/crewjam/saml", stack: "Go, etree, goxmldsig"},
			ask:      crewjamSays,
			stricter: []difference{
				{`^KeyInfo that says something else$`, "it believes the certificate in KeyInfo when that is among the trusted ones"},
				{`^(clock behind|time: .* IssueInstant old)`, "it wants a Response to be younger than 90 seconds"},
				{`^encrypted: namespace declared outside$`, "it reads what was encrypted without the declarations around it"},
			},
			reads: []difference{structured},
		},
	}
}
