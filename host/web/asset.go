package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// asset is a file that pages load.
type asset struct {
	body, mime string
	version    string // of its content, so that a new one is fetched at once
}

// assetTypes are the kinds of files that there are; no other is served.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func loadAssets() (map[string]asset, error) {
	entries, err := files.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	all := map[string]asset{}
	for _, e := range entries {
		body, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		all[e.Name()] = asset{body: string(body), mime: assetTypes[path.Ext(e.Name())], version: hex.EncodeToString(sum[:6])}
	}
	return all, nil
}

// asset serves a file that pages load. Its address holds its version, so it may be kept.
func (s *Server) asset(c echo.Context) error { return s.serveAsset(c, c.Param("name")) }

// icon stands at the address where browsers look for one by themselves, also beside a document that is no page.
func (s *Server) icon(c echo.Context) error { return s.serveAsset(c, "icon.svg") }

func (s *Server) serveAsset(c echo.Context, name string) error {
	a, ok := s.pages.assets[name]
	if !ok {
		return sso.Refuse("web.asset", sso.NotFound)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, a.mime, []byte(a.body))
}

// assetPath is the address of an asset, with its version.
func (p pages) assetPath(name string) string {
	return "/assets/" + name + "?v=" + p.assets[name].version
}
