// Package sso holds the nouns and the rules of the product: a tenant's settings, its connections to identity providers, the mapping of
// SAML attributes to roles and inboxes, what a verified assertion says, and who the people are.
//
// It is a leaf: it imports nothing of ours and nothing of anybody else's, does no input or output and reads no clock. Every room of core
// and host may enter; whatever they pass to each other is made of the types found here.
package sso
