// Package vectors makes SAML responses that must be refused, one for every way in, and others that must not. A vector is one change of a sound
// response; without the change the same message is accepted, so that a refusal proves the check and not an accident. The host's own tests run
// them against the verifier, others over HTTP. Only tests may enter.
package vectors
