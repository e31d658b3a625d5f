// Gives messages to node-saml: the first line of standard input is the connection, every other one a message; an answer is one line, too.
"use strict";

const readline = require("node:readline");
const { SAML } = require("@node-saml/node-saml");

// stopClock lets whoever asks for the time hear the one of the connection.
function stopClock(now) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length ? given : [now]));
    }
    static now() {
      return now;
    }
  };
}

function connect(world, validateInResponseTo) {
  return new SAML({
    idpCert: world.idp_certificate,
    entryPoint: world.idp_sso,
    idpIssuer: world.idp,
    issuer: world.sp,
    audience: world.sp,
    callbackUrl: world.acs,
    decryptionPvk: world.sp_key,
    acceptedClockSkewMs: world.skew * 1000,
    wantAuthnResponseSigned: false, // either signature will do, as with us
    wantAssertionsSigned: false,
    validateInResponseTo,
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (id) => (id === world.request ? new Date().toISOString() : null),
      removeAsync: async () => null, // the same request is answered by every message
    },
  });
}

// One message of single logout. A LogoutRequest has a profile, an answer has none.
async function end(saml, { message, kind, binding }) {
  let said;
  if (binding === "redirect") said = await saml.strict.validateRedirectAsync(Object.fromEntries(new URLSearchParams(message)), message);
  else if (kind === "LogoutRequest") said = await saml.strict.validatePostRequestAsync({ SAMLRequest: message });
  else said = await saml.posted.validatePostResponseAsync({ SAMLResponse: message });
  if (!said.loggedOut || (kind === "LogoutRequest") !== Boolean(said.profile)) throw new Error("another message");
  const { nameID = "", sessionIndex } = said.profile ?? {};
  return { accepted: true, name_id: nameID, sessions: sessionIndex ? [sessionIndex] : [] };
}

async function answer(saml, question) {
  const { message, kind } = question;
  try {
    if (kind) return await end(saml, question);
    const { profile } = await saml.strict.validatePostResponseAsync({ SAMLResponse: message });
    const attributes = {};
    for (const [name, value] of Object.entries(profile.attributes ?? {})) attributes[name] = [].concat(value).map((v) => (typeof v === "string" ? v : JSON.stringify(v)));
    return { accepted: true, name_id: profile.nameID, attributes };
  } catch (refusal) {
    return { accepted: false, why: `${refusal.name}: ${refusal.message}` };
  }
}

(async () => {
  let saml;
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const said = JSON.parse(line);
    if (!saml) {
      stopClock(said.now * 1000);
      // Of a posted answer to a logout it never finds the InResponseTo, so that nobody can ask for one.
      saml = { strict: connect(said, "always"), posted: connect(said, "ifPresent") };
    } else process.stdout.write(JSON.stringify(await answer(saml, said)) + "\n");
  }
})();
