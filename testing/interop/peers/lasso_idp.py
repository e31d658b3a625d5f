"""An identity provider whose SAML is Lasso's: addresses, sessions and the form to sign in are here, as any product built on the library has its own.

The last argument is its configuration; POST /_control changes its settings.
"""

import html
import json
import os
import sys
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import lasso

config = json.loads(sys.argv[-1])
URL = config["url"]
settings = {"keys": ["first"], "encrypt": False, "want_signed": False, "only_post": False}
sessions = {}  # cookie → when that person signed in, and Lasso's own record of the session
pending = {}  # number of a form → what was asked
leaving = {}  # cookie → the LogoutRequest without an answer

METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{url}/metadata">
<md:IDPSSODescriptor WantAuthnRequestsSigned="{signed}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{url}/slo"/>
<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>{redirect}
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{url}/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""
REDIRECT = """<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{}/sso"/>"""
KEY = """<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"""


def file(name):
    with open(os.path.join(config["dir"], name)) as f:
        return f.read()


def metadata():
    keys = "".join(KEY.format("".join(file(key + ".crt").splitlines()[1:-1])) for key in settings["keys"])
    redirect = "" if settings["only_post"] else REDIRECT.format(URL)
    return METADATA.format(url=URL, redirect=redirect, signed=str(settings["want_signed"]).lower(), keys=keys)


def server():
    """The service provider is known by its own document as it is, read anew each time."""
    s = lasso.Server.newFromBuffers(metadata(), file(settings["keys"][0] + ".pem"))
    s.signatureMethod = lasso.SIGNATURE_METHOD_RSA_SHA256
    with urllib.request.urlopen(config["sp"]) as answer:
        s.addProviderFromBuffer(lasso.PROVIDER_ROLE_SP, answer.read().decode())
    provider = s.getProvider(config["sp"])
    if settings["encrypt"]:
        provider.setEncryptionMode(lasso.ENCRYPTION_MODE_ASSERTION)
        provider.setEncryptionSymKeyType(lasso.ENCRYPTION_SYM_KEY_TYPE_AES_256)
        provider.setKeyEncryptionMethod(lasso.KEY_ENCRYPTION_METHOD_OAEP)
    return s


def opened(message):
    """The request, which Lasso refuses when a signature is wanted and missing or wrong; without a message nobody asked."""
    login = lasso.Login(server())
    if message is None:
        login.initIdpInitiatedAuthnRequest(config["sp"])
        login.request.nameIDPolicy = None
        login.processAuthnRequestMsg(None)
        return login
    if settings["want_signed"]:
        login.setSignatureVerifyHint(lasso.PROFILE_SIGNATURE_VERIFY_HINT_FORCE)
    text, relay = message
    login.processAuthnRequestMsg(text)
    if relay is not None:  # by the POST binding it stands beside the message
        login.msgRelayState = relay
    return login


def moment(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


def attribute(name, *values):
    a = lasso.Saml2Attribute()
    a.name, a.nameFormat = name, lasso.SAML2_ATTRIBUTE_NAME_FORMAT_BASIC
    out = []
    for text in values:
        node = lasso.MiscTextNode.newWithString(text)
        node.textChild = True
        value = lasso.Saml2AttributeValue()
        value.any = (node,)
        out.append(value)
    a.attributeValue = tuple(out)
    return a


def respond(message, session):
    login = opened(message)
    login.validateRequestMsg(True, True)
    now = time.time()
    since = moment(session["since"])
    login.buildAssertion(lasso.SAML2_AUTHN_CONTEXT_PASSWORD_PROTECTED_TRANSPORT, since, None, moment(now - 60), moment(now + 300))
    name = lasso.Saml2NameID()
    name.format, name.content = lasso.SAML2_NAME_IDENTIFIER_FORMAT_EMAIL, config["person"]
    login.assertion.subject.nameID = name
    statement = lasso.Saml2AttributeStatement()
    statement.attribute = (attribute("email", config["person"]), attribute("groups", "staff", "admins"))
    login.assertion.attributeStatement = (statement,)
    login.buildAuthnResponseMsg()
    session["kept"] = login.session.dump()
    relay = login.msgRelayState or ""
    return (
        f'<form method="post" action="{html.escape(login.msgUrl)}"><input type="hidden" name="SAMLResponse" value="{html.escape(login.msgBody)}">'
        f'<input type="hidden" name="RelayState" value="{html.escape(relay)}"></form>'
    )


def end(query, session):
    """The address of the answer to a LogoutRequest, which Lasso refuses unless it is signed and about what the session holds."""
    logout = lasso.Logout(server())
    logout.processRequestMsg(query)
    logout.setSessionFromDump(session["kept"])
    logout.validateRequest()
    logout.buildResponseMsg()
    return logout.msgUrl


def leave(session):
    """A LogoutRequest about a session."""
    logout = lasso.Logout(server())
    logout.setSessionFromDump(session["kept"])
    logout.initRequest(config["sp"], lasso.HTTP_METHOD_REDIRECT)
    logout.buildRequestMsg()
    return logout


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def send(self, status, text, kind="text/html; charset=utf-8", cookie=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if cookie:
            self.send_header("Set-Cookie", f"lasso={cookie}; Path=/; HttpOnly")
        self.end_headers()
        self.wfile.write(text.encode())

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def go(self, address):
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def cookie(self):
        for part in self.headers.get("Cookie", "").split("; "):
            name, _, value = part.partition("=")
            if name == "lasso":
                return value
        return None

    def enter(self, message):
        forced = message is not None and bool(opened(message).request.forceAuthn)
        session = sessions.get(self.cookie())
        if session and not forced:
            return self.send(200, respond(message, session))
        number = str(uuid.uuid4())
        pending[number] = message
        self.send(
            200,
            f'<form method="post" action="/login"><input type="hidden" name="number" value="{number}">'
            '<input type="text" name="username"><input type="password" name="password"></form>',
        )

    def login(self):
        form = {name: values[0] for name, values in parse_qs(self.body()).items()}
        if form.get("username") != "ada" or form.get("password") != config["password"] or form.get("number") not in pending:
            return self.send(403, "wrong")
        cookie = str(uuid.uuid4())
        sessions[cookie] = {"since": time.time()}
        self.send(200, respond(pending.pop(form["number"]), sessions[cookie]), cookie=cookie)

    def leave(self):
        session = sessions.pop(self.cookie(), None)
        if session is None:
            return self.send(200, "nobody is signed in")
        leaving[self.cookie()] = leave(session)
        self.go(leaving[self.cookie()].msgUrl)

    def logout(self, query):
        if "SAMLResponse" in parse_qs(query):
            logout = leaving.pop(self.cookie())
            logout.processResponseMsg(query)
            if logout.response.inResponseTo != logout.request.id:  # Lasso leaves that to its user
                raise LookupError("nobody asked")
            return self.send(200, "signed out")
        answer = end(query, sessions[self.cookie()])
        del sessions[self.cookie()]
        self.go(answer)

    def control(self):
        settings.update(json.loads(self.body()))
        self.send(204, "")

    def route(self):
        at = urlsplit(self.path)
        match (self.command, at.path):
            case ("GET", "/metadata"):
                self.send(200, metadata(), "application/samlmetadata+xml")
            case ("GET", "/sso"):
                self.enter((at.query, None))
            case ("POST", "/sso"):
                form = parse_qs(self.body())
                self.enter((form["SAMLRequest"][0], form.get("RelayState", [""])[0]))
            case ("GET", "/tile"):
                self.enter(None)
            case ("GET", "/slo"):
                self.logout(at.query)
            case ("GET", "/leave"):
                self.leave()
            case ("POST", "/login"):
                self.login()
            case ("POST", "/_control"):
                self.control()
            case _:
                self.send(404, "")

    def do_GET(self):
        try:
            self.route()
        except Exception as refusal:
            self.send(500, f"{type(refusal).__name__}: {refusal}", "text/plain")

    do_POST = do_GET


HTTPServer(("127.0.0.1", urlsplit(URL).port), Handler).serve_forever()
