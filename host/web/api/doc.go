// Package api is generated from host/web/openapi.yaml, the one source of the admin API's types and routes. Only host/web may enter.
package api

//go:generate oapi-codegen -config oapi.yaml ../openapi.yaml
