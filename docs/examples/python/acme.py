"""Acme, a provider that people run on servers of their own: what a vendor writes, next to serve.py, which is the same for everyone."""

import re
from xml.parsers import expat

import provider_pb2 as pb

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SAML_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"


def manifest():
    return pb.Manifest(
        key="acme",
        name="Acme Directory",
        version="1.0.0",
        vendor="Acme",
        homepage="https://acme.example",
        capabilities=pb.Capabilities(metadata_url=True, jit=True, force_authn=True),
        metadata_help="In Acme's console, open Applications > idplug and copy the Metadata URL.",
        guide=[
            pb.GuideStep(title="Create the application", text="In Acme's console, open Applications and click New SAML application."),
            pb.GuideStep(title="Enter our addresses", text="Reply URL: {acs_url}. Audience: {entity_id}."),
            pb.GuideStep(title="Copy the Metadata URL", text="It ends in /saml/metadata. Then try {login_url}."),
        ],
        attribute_hints=[
            hint("id", "User ID", "subject", "7d1c0f"),
            hint("email", "E-mail", "email", "ada@acme.example"),
            hint("firstName", "First name", "given_name", "Ada"),
            hint("lastName", "Last name", "family_name", "Lovelace"),
            hint("groups", "Groups", "groups", "Support"),
        ],
    )


def hint(name, label, field, example):
    return pb.AttributeHint(name=name, label=label, example=example, **{"for": field})  # "for" is a word of Python's


def metadata(request):
    """Advises on a document: identifiers that last, where they are offered; and what a mistaken address is instead."""
    try:
        formats = name_id_formats(request.document)
    except (expat.ExpatError, ValueError, LookupError):  # not XML; with a DOCTYPE; in an encoding that nobody knows
        return pb.MetadataResponse(problems=explain(request.source_url))
    return pb.MetadataResponse(request=pb.RequestHints(name_id_format=PERSISTENT if PERSISTENT in formats else ""))


def name_id_formats(document):
    """Returns the NameIDFormats that a metadata document offers."""
    formats, text = set(), None

    def start(name, _attributes):
        nonlocal text
        text = "" if name == SAML_METADATA + " NameIDFormat" else None

    def read(more):
        nonlocal text
        if text is not None:
            text += more

    def end(_name):
        nonlocal text
        if text is not None:
            formats.add(text.strip())
        text = None

    def doctype(*_):
        raise ValueError("a DOCTYPE, which may hide anything")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, read, end
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(document, True)
    return formats


def explain(url):
    """Says what an address is that brought no metadata. That it brought none is the host's to say."""
    if not re.match(r"https?://[^/]+/console(/|$)", url):
        return []
    return [
        pb.Problem(
            severity=pb.SEVERITY_ERROR,
            field="metadata_url",
            code="acme.console_url",
            summary="This is a page of Acme's console, which asks for a sign-in.",
            fix="Copy the Metadata URL from the application's page; it ends in /saml/metadata.",
        )
    ]


def profile(request):
    """Picks a person's facts from verified attributes, each with the attribute it came from and what was done to it."""
    facts = Facts(request.attributes)
    groups = facts.all("groups")
    return pb.ProfileResponse(
        subject=value(facts.first("id"), pb.OP_AS_IS),
        email=address(facts.first("email")),
        given_name=value(facts.first("firstName"), pb.OP_TRIM),
        family_name=value(facts.first("lastName"), pb.OP_TRIM),
        groups=[pb.Values(texts=[trim(text) for text, _ in groups], op=pb.OP_TRIM, **{"from": groups[0][1]})] if groups else [],
    )


# White space as Unicode has it; str.strip() alone takes four control characters more, and the host would not make the same value.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def trim(text):
    return text.strip(SPACE)


class Facts:
    """The attributes of an assertion, asked for by name; blank values are no facts."""

    def __init__(self, attributes):
        self.attributes = [a for a in attributes if a.name != "NameID"]  # a value could not say that it comes from there

    def all(self, name):
        """Returns (text, name of the attribute) for every value. Only where no attribute has the name, its friendly name counts."""
        found = [a for a in self.attributes if a.name == name] or [a for a in self.attributes if a.friendly_name == name]
        found = [a for a in found if a.name == found[0].name]
        return [(text, a.name) for a in found for text in a.values if trim(text)]

    def first(self, name):
        return next(iter(self.all(name)), None)


def value(fact, op):
    """Returns a fact as the protocol has it, or None, which leaves the field out."""
    if fact is None:
        return None
    text, origin = fact
    made = {pb.OP_AS_IS: text, pb.OP_TRIM: trim(text), pb.OP_LOWER: trim(text).lower()}[op]
    return pb.Value(text=made, op=op, **{"from": origin})


def address(fact):
    """Returns an e-mail address. Outside ASCII languages differ in what lower case is, so the text stays as it is there."""
    if fact is None or not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", trim(fact[0])):
        return None
    return value(fact, pb.OP_LOWER if fact[0].isascii() else pb.OP_TRIM)
