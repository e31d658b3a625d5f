// Package xmlenc opens what XML Encryption 1.1 has encrypted: AES-GCM or AES-CBC under a key that travels with RSA-OAEP. It knows nothing of
// SAML, fetches nothing, and reads the same tree as everybody else. The form of a message is no secret and is judged aloud by [Read]; whatever
// depends on a private key ends in one failure of [Encrypted.Open], whose cost does not depend on what failed. Only host/saml enters.
package xmlenc
