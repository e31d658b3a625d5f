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

function connect(world) {
  stopClock(world.now * 1000);
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
    validateInResponseTo: "always",
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (id) => (id === world.request ? new Date().toISOString() : null),
      removeAsync: async () => null, // the same request is answered by every message
    },
  });
}

async function answer(saml, message) {
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: message });
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
    if (!saml) saml = connect(said);
    else process.stdout.write(JSON.stringify(await answer(saml, said.message)) + "\n");
  }
})();
