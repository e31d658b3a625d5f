package web

import (
	"bytes"
	"net/url"

	"github.com/labstack/echo/v4"
)

// loadOpenAPI is the OpenAPI file with the address of this very service in it, so that what imports it has nothing left to fill in.
func loadOpenAPI(origin string) (asset, error) {
	const name, here = "openapi.yaml", "- url: " + apiBase + "\n"
	body, err := files.ReadFile(name)
	if err != nil {
		return asset{}, err
	}
	return packAsset(name, bytes.Replace(body, []byte(here), []byte("- url: "+origin+apiBase+"\n"), 1))
}

// loadDocs makes the page about the API in each language's frame. It is long and the same for everybody, so it is packed like an asset.
func (p pages) loadDocs() (map[string]asset, error) {
	const name = "api.html"
	all := map[string]asset{}
	for tag, w := range p.words {
		var page bytes.Buffer
		err := p.in[tag][name].ExecuteTemplate(&page, layout, frame{Title: w.or("api.title", ""), Languages: p.languageLinks(tag, url.Values{})})
		if err != nil {
			return nil, err
		}
		if all[tag], err = packAsset(name, page.Bytes()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Server) openAPI(c echo.Context) error { return s.description.serve(c, keepAsking) }

func (s *Server) apiDocs(c echo.Context) error {
	w := s.wordsFor(c)
	c.Response().Header().Set("Content-Security-Policy", basePolicy)
	tellLanguage(c, w)
	return s.pages.docs[w.tag].serve(c, "no-store") // as every page
}
