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
	p, err := s.o.Plugins.Plugin(sso.ProviderKey(r.Key))
	if err != nil {
		return nil, err
	}
	return api.GetPlugin200JSONResponse(pluginDocument(p)), nil
}

// PinPlugin holds a plugin at a version, or ends that.
func (s *apiServer) PinPlugin(ctx context.Context, r api.PinPluginRequestObject) (api.PinPluginResponseObject, error) {
	key, version, sum := sso.ProviderKey(r.Key), or(r.Body.Version), or(r.Body.Sha256)
	before, err := s.o.Plugins.Plugin(key)
	if err != nil {
		return nil, err
	}
	if version == "" && sum == "" {
		err = s.o.Plugins.Unpin(ctx, key)
	} else {
		var v sso.PluginVersion
		v, err = s.o.Plugins.Pin(ctx, key, version, sum)
		sum = v.SHA256
	}
	if err != nil {
		return nil, err
	}
	if err := s.o.Directory.NotePlugin(ctx, actorOf(ctx), key, "plugin.pin", sso.Fields{"pin": before.Pin}, sso.Fields{"pin": sum}); err != nil {
		return nil, err
	}
	after, err := s.o.Plugins.Plugin(key)
	if err != nil {
		return nil, err
	}
	after.Pin = sum // also when the catalogue has not looked yet
	return api.PinPlugin200JSONResponse(pluginDocument(after)), nil
}

// RestartPlugin replaces a plugin's process.
func (s *apiServer) RestartPlugin(ctx context.Context, r api.RestartPluginRequestObject) (api.RestartPluginResponseObject, error) {
	key := sso.ProviderKey(r.Key)
	if err := s.o.Plugins.Restart(ctx, key); err != nil {
		return nil, err
	}
	if err := s.o.Directory.NotePlugin(ctx, actorOf(ctx), key, "plugin.restart", nil, nil); err != nil {
		return nil, err
	}
	p, err := s.o.Plugins.Plugin(key)
	if err != nil {
		return nil, err
	}
	return api.RestartPlugin200JSONResponse(pluginDocument(p)), nil
}

func pluginDocument(p sso.PluginStatus) api.Plugin {
	versions := []api.PluginVersion{}
	for _, v := range p.Versions {
		versions = append(versions, api.PluginVersion{Version: v.Version, Sha256: v.SHA256, ServedAt: v.ServedAt.UTC()})
	}
	missing, refused := []api.SandboxGap{}, []api.PluginAttempt{}
	for _, m := range p.Missing {
		missing = append(missing, api.SandboxGap(m))
	}
	for _, a := range p.Refused {
		refused = append(refused, api.PluginAttempt{What: a.What, Count: a.Count})
	}
	return api.Plugin{
		Key: string(p.Key), File: p.File, Version: p.Version, Sha256: p.SHA256, State: string(p.State), Reason: p.Reason, Fix: p.Fix,
		Sandbox: p.Sandbox, SandboxMissing: missing, SandboxRefused: refused, Restarts: p.Restarts, LastExit: p.LastExit, Since: timeOrNull(p.Since), Pid: p.PID,
		Breaker: api.PluginBreaker(p.Breaker), InFlight: p.InFlight, LogDropped: p.LogDropped, Pin: p.Pin, Versions: versions,
	}
}
