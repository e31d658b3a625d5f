// An identity provider whose SAML is samlify's: addresses, sessions and the form to sign in are here, as any product built on the library has its own.
// The first argument is its configuration; POST /_control changes its settings.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const samlify = require("samlify");

const { url, dir, sp: spMetadataURL, person, password } = JSON.parse(process.argv[2]);
const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

// Messages are checked against no schema: those validators are packages of their own that run Java or native code.
samlify.setSchemaValidator({ validate: async () => "skipped" });

let settings = { keys: ["first"], encrypt: false, want_signed: false };
const sessions = new Map(); // cookie → when that person signed in, and what the session is called
const pending = new Map(); // number of a form → what was asked
const leaving = new Set(); // numbers of LogoutRequests without an answer

const file = (name) => fs.readFileSync(path.join(dir, name), "utf8");
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// samlify publishes several certificates, and signs only where there is one.
function identityProvider(certificates = settings.keys.slice(0, 1)) {
  return samlify.IdentityProvider({
    entityID: `${url}/metadata`,
    privateKey: file(`${settings.keys[0]}.pem`),
    signingCert: certificates.map((key) => file(`${key}.crt`)),
    wantAuthnRequestsSigned: settings.want_signed,
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
    isAssertionEncrypted: settings.encrypt,
    requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    dataEncryptionAlgorithm: "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    keyEncryptionAlgorithm: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    nameIDFormat: [EMAIL],
    singleSignOnService: (settings.only_post ? [POST] : [REDIRECT, POST]).map((Binding) => ({ Binding, Location: `${url}/sso` })),
    singleLogoutService: [{ Binding: REDIRECT, Location: `${url}/slo` }],
    loginResponseTemplate: {
      context: samlify.SamlLib.defaultLoginResponseTemplate.context,
      attributes: [
        { name: "email", valueTag: "mail", nameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", valueXsiType: "xs:string" },
        { name: "displayName", valueTag: "name", nameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", valueXsiType: "xs:string" },
      ],
    },
  });
}

// The service provider as its own document describes it, read anew each time. No metadata can say that it wants messages of logout signed.
async function serviceProvider() {
  const answer = await fetch(spMetadataURL);
  return samlify.ServiceProvider({ metadata: await answer.text(), wantLogoutRequestSigned: true, wantLogoutResponseSigned: true });
}

async function respond(request, { since, index }) {
  const idp = identityProvider();
  const sp = await serviceProvider();
  const acs = sp.entityMeta.getAssertionConsumerService("post");
  const replace = (template) => {
    const now = new Date();
    const end = new Date(now.getTime() + 5 * 60 * 1000).toISOString();
    const id = `_${crypto.randomUUID()}`;
    const authn =
      `<saml:AuthnStatement AuthnInstant="${since.toISOString()}" SessionIndex="${index}"><saml:AuthnContext><saml:AuthnContextClassRef>` +
      `urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`;
    let context = template.replace("{AuthnStatement}", authn);
    if (!request.id) context = context.replaceAll(' InResponseTo="{InResponseTo}"', ""); // nobody asked
    context = samlify.SamlLib.replaceTagsByValue(context, {
      ID: id,
      AssertionID: `_${crypto.randomUUID()}`,
      Destination: acs,
      SubjectRecipient: acs,
      Audience: sp.entityMeta.getEntityID(),
      Issuer: idp.entityMeta.getEntityID(),
      IssueInstant: now.toISOString(),
      ConditionsNotBefore: now.toISOString(),
      ConditionsNotOnOrAfter: end,
      SubjectConfirmationDataNotOnOrAfter: end,
      NameIDFormat: EMAIL,
      NameID: person,
      InResponseTo: request.id,
      StatusCode: "urn:oasis:names:tc:SAML:2.0:status:Success",
      attrMail: person,
      attrName: "Ada Lovelace",
    });
    return { id, context };
  };
  const info = request.id ? { extract: { request: { id: request.id } } } : {};
  const { context } = await idp.createLoginResponse(sp, info, "post", { email: person }, { customTagReplacement: replace, relayState: request.relay });
  return `<form method="post" action="${escaped(acs)}"><input type="hidden" name="SAMLResponse" value="${escaped(context)}">
<input type="hidden" name="RelayState" value="${escaped(request.relay ?? "")}"></form>`;
}

// What a request asks for; samlify refuses it when a signature is wanted and missing or wrong.
async function read(binding, query, octets) {
  const parsed = await identityProvider().parseLoginRequest(await serviceProvider(), binding, { query, body: query, octetString: octets });
  const asked = parsed.extract.request;
  return { id: asked.id, force: /ForceAuthn="(true|1)"/.test(parsed.samlContent), relay: query.RelayState };
}

// The octets of an address that a signature is over.
function signedOctets(address) {
  const parameter = (name) => new RegExp(`(?:[?&])(${name}=[^&]*)`).exec(address)?.[1];
  return ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg"].map(parameter).filter(Boolean).join("&");
}

// Where the browser goes to sign out of the service provider as well.
async function leave(session) {
  const { id, context } = identityProvider().createLogoutRequest(await serviceProvider(), "redirect", { logoutNameID: person, sessionIndex: session.index });
  leaving.add(id);
  return context;
}

// The answer to a LogoutRequest about a session, which ends. samlify leaves to its user whose session that is.
async function end(query, octetString, cookie) {
  const idp = identityProvider();
  const sp = await serviceProvider();
  const parsed = await idp.parseLogoutRequest(sp, "redirect", { query, octetString });
  if (parsed.extract.nameID !== person || parsed.extract.sessionIndex !== sessions.get(cookie)?.index) throw new Error("somebody else's session");
  sessions.delete(cookie);
  return idp.createLogoutResponse(sp, parsed, "redirect", { relayState: query.RelayState }).context;
}

// An answer to a LogoutRequest of ours.
async function ended(query, octetString) {
  const { extract } = await identityProvider().parseLogoutResponse(await serviceProvider(), "redirect", { query, octetString });
  if (!leaving.delete(extract.response.inResponseTo)) throw new Error("nobody asked");
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

async function handle(request, response) {
  const at = new URL(request.url, url);
  const cookie = /sid=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const page = (html, headers = {}) => response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers }).end(html);
  const enter = async (asked) => {
    const session = sessions.get(cookie);
    if (session && !asked.force) return page(await respond(asked, session));
    const number = crypto.randomUUID();
    pending.set(number, asked);
    page(`<form method="post" action="/login"><input type="hidden" name="number" value="${number}">
<input type="text" name="username"><input type="password" name="password"></form>`);
  };
  switch (`${request.method} ${at.pathname}`) {
    case "GET /metadata":
      return response.writeHead(200, { "Content-Type": "application/samlmetadata+xml" }).end(identityProvider(settings.keys).getMetadata());
    case "GET /sso":
      return enter(await read("redirect", Object.fromEntries(at.searchParams), signedOctets(request.url)));
    case "GET /leave": {
      const session = sessions.get(cookie);
      sessions.delete(cookie);
      return session ? response.writeHead(302, { Location: await leave(session) }).end() : page("nobody is signed in");
    }
    case "GET /slo": {
      const query = Object.fromEntries(at.searchParams);
      if (query.SAMLRequest) return response.writeHead(302, { Location: await end(query, signedOctets(request.url), cookie) }).end();
      await ended(query, signedOctets(request.url));
      return page("signed out");
    }
    case "POST /sso":
      return enter(await read("post", Object.fromEntries(new URLSearchParams(await body(request)))));
    case "GET /tile":
      return enter({});
    case "POST /login": {
      const form = new URLSearchParams(await body(request));
      const asked = pending.get(form.get("number"));
      if (form.get("username") !== "ada" || form.get("password") !== password || !asked) return response.writeHead(403).end("wrong");
      const sid = crypto.randomUUID();
      sessions.set(sid, { since: new Date(), index: `_${crypto.randomUUID()}` });
      return page(await respond(asked, sessions.get(sid)), { "Set-Cookie": `sid=${sid}; Path=/; HttpOnly` });
    }
    case "POST /_control":
      settings = JSON.parse(await body(request));
      return response.writeHead(204).end();
  }
  return response.writeHead(404).end();
}

const server = http.createServer((request, response) =>
  handle(request, response).catch((error) => response.writeHead(500, { "Content-Type": "text/plain" }).end(`${error?.stack ?? error}`)),
);
server.listen(Number(new URL(url).port), "127.0.0.1");
