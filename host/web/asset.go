package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// asset is a file that is the same for everybody: what pages load, the OpenAPI document, and the page about it. It is compressed once, at the start.
//
// Pages themselves are sent as they are. Some of them show what only their reader may see (addresses, rows, links) beside what came with the
// request (a search, an address to return to); compressed together, the length of the answer tells a guesser in the network when the guess was
// right (BREACH, docs/adr/0008). An asset holds nothing of anybody.
type asset struct {
	body, mime string
	packed     string // body by gzip; "" where that is no shorter
	version    string // of its content, so that a new one is fetched at once
}

// assetTypes are the kinds of files that there are; no other is served.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".yaml": "application/yaml",
	".html": "text/html; charset=utf-8",
}

// For how long browsers may keep an asset without asking: one whose address holds its version, one at the address where browsers look by
// themselves, any other.
const (
	keepForGood = "public, max-age=31536000, immutable"
	keepADay    = "public, max-age=86400"
	keepAsking  = "public, no-cache"
)

func loadAssets() (map[string]asset, error) {
	entries, err := files.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	all := map[string]asset{}
	for _, e := range entries {
		if all[e.Name()], err = loadAsset("assets/" + e.Name()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func loadAsset(name string) (asset, error) {
	body, err := files.ReadFile(name)
	if err != nil {
		return asset{}, err
	}
	return packAsset(name, body)
}

func packAsset(name string, body []byte) (asset, error) {
	sum := sha256.Sum256(body)
	a := asset{body: string(body), mime: assetTypes[path.Ext(name)], version: hex.EncodeToString(sum[:6])}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return asset{}, err
	}
	if _, err := z.Write(body); err != nil {
		return asset{}, err
	}
	if err := z.Close(); err != nil {
		return asset{}, err
	}
	if packed.Len() < len(body) {
		a.packed = packed.String()
	}
	return a, nil
}

// asset serves a file that pages load. Only the address that holds its version may be kept for good: any other will be another file one day.
func (s *Server) asset(c echo.Context) error {
	a, ok := s.pages.assets[c.Param("name")]
	if !ok {
		return sso.Refuse("web.asset", sso.NotFound)
	}
	if c.QueryParam("v") == a.version {
		return a.serve(c, keepForGood)
	}
	return a.serve(c, keepAsking)
}

// icon stands at the address where browsers look for one by themselves, also beside a document that is no page.
func (s *Server) icon(c echo.Context) error { return s.pages.assets["icon.svg"].serve(c, keepADay) }

// serve answers with the file, compressed for who takes that, or with 304 for who has it.
func (a asset) serve(c echo.Context, keep string) error {
	h := c.Response().Header()
	h.Set("Cache-Control", keep)
	h.Set("Content-Type", a.mime)
	h.Add("Vary", "Accept-Encoding")
	body, tag := a.body, a.version
	if a.packed != "" && takesGzip(c.Request().Header.Values("Accept-Encoding")) {
		body, tag = a.packed, a.version+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", strconv.Quote(tag))
	h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out beside a Content-Encoding
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, strings.NewReader(body))
	return nil
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3). Who names neither gzip nor everything takes the plain file.
func takesGzip(headers []string) bool {
	takes, named := false, false
	for _, header := range headers {
		for coding := range strings.SplitSeq(header, ",") {
			name, weight, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(coding, " ", "")), ";")
			q, err := strconv.ParseFloat(strings.TrimPrefix(weight, "q="), 64)
			wanted := weight == "" || err == nil && q > 0
			switch {
			case name == "gzip":
				takes, named = wanted, true
			case name == "*" && !named:
				takes = wanted
			}
		}
	}
	return takes
}

// assetPath is the address of an asset, with its version.
func (p pages) assetPath(name string) string {
	return "/assets/" + name + "?v=" + p.assets[name].version
}
