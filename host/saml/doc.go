// Package saml speaks SAML 2.0 with identity providers: it makes requests, verifies responses on one road with cheap checks first, publishes our
// metadata and fetches and reads theirs. Verification is its own, on the one tree that host/saml/signedxml reads; crewjam/saml gives the types
// and the marshalling of what we send. It implements ports of core/login and core/settings; only host enters, to wire it.
package saml
