package web

import (
	"context"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListPlugins lists the plugin binaries.
func (s *apiServer) ListPlugins(context.Context, api.ListPluginsRequestObject) (api.ListPluginsResponseObject, error) {
	list := api.ListPlugins200JSONResponse{Items: []api.Plugin{}}
	for _, p := range s.o.Plugins.Plugins() {
		list.Items = append(list.Items, pluginDocument(p))
	}
	return list, nil
}

// GetPlugin reads one plugin.
func (s *apiServer) GetPlugin(_ context.Context, r api.GetPluginRequestObject) (api.GetPluginResponseObject, error) {
	for _, p := range s.o.Plugins.Plugins() {
		if string(p.Key) == r.Key {
			return api.GetPlugin200JSONResponse(pluginDocument(p)), nil
		}
	}
	return nil, sso.Refuse("web.plugin", sso.NotFound)
}

func pluginDocument(p sso.PluginStatus) api.Plugin {
	return api.Plugin{
		Key: string(p.Key), File: p.File, Version: p.Version, Sha256: p.SHA256, State: string(p.State), Reason: p.Reason, Fix: p.Fix,
		Sandbox: p.Sandbox, Restarts: p.Restarts, Since: timeOrNull(p.Since), Pid: p.PID,
	}
}
