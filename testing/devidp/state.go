package devidp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// state is what /_control tells about the server.
type state struct {
	Dialects         map[string]dialectState `json:"dialects"`
	People           []Person                `json:"people"`
	ServiceProviders []string                `json:"service_providers"`
}

type dialectState struct {
	EntityID    string   `json:"entity_id"`
	MetadataURL string   `json:"metadata_url"`
	SSOURL      string   `json:"sso_url"`
	LogoutURL   string   `json:"logout_url,omitempty"`
	SigningKey  string   `json:"signing_key"` // SHA-256 of the certificate; empty before anybody asked for the dialect
	Sessions    int      `json:"sessions"`
	Settings    Settings `json:"settings"`
}

func (s *Server) state() state {
	out := state{Dialects: map[string]dialectState{}, People: s.People(), ServiceProviders: s.trust.tiles()}
	for key, p := range s.idps {
		settings, signing := p.current()
		d := dialectState{
			EntityID: p.dialect.EntityID, MetadataURL: s.MetadataURL(key), SSOURL: s.URL() + p.dialect.SSOPath,
			Sessions: p.count(), Settings: settings,
		}
		if signing.Certificate != nil {
			d.SigningKey = signing.Fingerprint()
		}
		if p.dialect.LogoutPath != "" {
			d.LogoutURL = s.URL() + p.dialect.LogoutPath
		}
		out.Dialects[key] = d
	}
	return out
}

// json answers with what do returns, or with {"error": …} and 404 for an unknown dialect, 400 otherwise.
func (s *Server) json(do func(r *http.Request, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var out any
		body, err := io.ReadAll(r.Body)
		if err == nil {
			out, err = do(r, body)
		}
		status := http.StatusOK
		if err != nil {
			status, out = http.StatusBadRequest, map[string]string{"error": err.Error()}
		}
		if errors.Is(err, errUnknownDialect) {
			status = http.StatusNotFound
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(out); err != nil {
			s.log.Info("control answer lost", "err", err)
		}
	}
}

// strictJSON decodes one JSON value over into and refuses unknown fields: a misspelt switch must not pass for a set one.
func strictJSON(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("decode: more than one JSON value")
	}
	return nil
}
