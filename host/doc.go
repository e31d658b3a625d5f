// Package host reads the configuration and wires the rooms: store, catalogue, SAML, web and the use cases of core meet here and nowhere else.
// cmd enters; nobody else does.
package host
