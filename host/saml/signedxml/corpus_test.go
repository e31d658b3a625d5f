package signedxml_test

import (
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/need"
)

// recorded is what xmlsec1 said about a real message's signatures, as the corpus' index notes it.
var recorded = regexp.MustCompile(`xmlsec1: (\w+) signature with embedded cert [0-9a-f]+=(VERIFIES|does NOT verify)`)

// TestRealResponses verifies real providers' messages with the certificate they show, which is enough to prove that the
// bytes we digest are the bytes they signed. Some were edited by whoever published them; the index knows which.
func TestRealResponses(t *testing.T) {
	dir := need.Corpus(t)
	index, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	require.NoError(t, err)
	compared := 0
	for line := range strings.Lines(string(index)) {
		file, notes, _ := strings.Cut(line, "\t")
		if !strings.HasPrefix(file, "responses/") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, err := os.ReadFile(filepath.Join(dir, file))
			require.NoError(t, err)
			d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
			require.NoError(t, err)
			for _, verdict := range recorded.FindAllStringSubmatch(notes, -1) {
				n := d.Root()
				if n.Local() != verdict[1] {
					n, _ = n.Child(samlURI, verdict[1])
				}
				compared++
				require.Equal(t, verdict[2] == "VERIFIES", verifiesAsShown(t, n), "%s", verdict[0])
			}
		})
	}
	require.NotZero(t, compared)
}

// verifiesAsShown verifies with the keys KeyInfo shows, which only a test may do.
func verifiesAsShown(t *testing.T, n signedxml.Node) bool {
	t.Helper()
	sig, ok, err := n.Signature()
	require.True(t, ok)
	if err != nil {
		return false
	}
	_, err = sig.Verify(shownKeys(t, sig), signedxml.Policy{AllowSHA1: true})
	return err == nil
}

func shownKeys(t *testing.T, sig signedxml.Signature) (keys []signedxml.Key) {
	t.Helper()
	for n := range sig.Node().Descendants() {
		if !n.Is(dsURI, "X509Certificate") {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Text()), ""))
		require.NoError(t, err)
		if cert, err := x509.ParseCertificate(der); err == nil {
			keys = append(keys, signedxml.Key{Public: cert.PublicKey})
		}
	}
	return keys
}

// TestRealMetadata reads every document of the wild.
func TestRealMetadata(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Corpus(t), "metadata", "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		doc, err := os.ReadFile(file)
		require.NoError(t, err)
		d, err := signedxml.Parse(doc, signedxml.MetadataLimits())
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		require.Contains(t, []string{"EntityDescriptor", "EntitiesDescriptor"}, d.Root().Local(), file)
	}
}
