"""Gives messages to Lasso: the first line of standard input is the connection, every other one a message; an answer is one line, too.

Lasso verifies signatures and leaves the rules of the profile to whoever calls it, with a function for each; all of them are called here, as its own
users do. It may not survive every message, so they are opened in a process that the kernel copies from this one.
"""

import json
import os
import sys
from datetime import datetime

import lasso

world = json.loads(sys.stdin.readline())
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


class Refused(Exception):
    """By a rule that Lasso leaves to its user."""


server = lasso.Server.newFromBuffers(world["sp_metadata"], world["sp_key"])
server.addProviderFromBuffer(lasso.PROVIDER_ROLE_IDP, world["idp_metadata"])


def verify(message):
    login = lasso.Login(server)
    login.processAuthnResponseMsg(message)
    if login.response.status.statusCode.value != SUCCESS:
        raise Refused("status")
    login.acceptSso()
    a = login.assertion
    if a is None:
        raise Refused("no assertion")
    if a.issuer.content != world["idp"]:
        raise Refused("issuer")
    if not a.authnStatement:
        raise Refused("no AuthnStatement")
    if a.validateAudience(world["sp"]) != lasso.SAML2_ASSERTION_VALID:
        raise Refused("audience")
    if a.validateTimeChecks(world["skew"], world["now"]) != lasso.SAML2_ASSERTION_VALID:
        raise Refused("times")
    confirmed = a.getSubjectConfirmationData(False)
    if confirmed.inResponseTo != world["request"] or confirmed.recipient != world["acs"]:
        raise Refused("confirmation")
    return a


def attributes(a):
    found = {}
    for statement in a.attributeStatement or ():
        for attribute in statement.attribute:
            values = found.setdefault(attribute.name, [])
            for value in attribute.attributeValue or ():
                values.append("".join(getattr(part, "content", None) or "" for part in value.any or ()))
    return found


def verify_logout(message, kind):
    """The name and the sessions that a LogoutRequest is about; none of an answer."""
    logout = lasso.Logout(server)
    if kind == "LogoutRequest":
        logout.processRequestMsg(message)
        said = logout.request
        if said.notOnOrAfter and datetime.fromisoformat(said.notOnOrAfter).timestamp() + world["skew"] <= world["now"]:
            raise Refused("times")
        about = {"name_id": logout.nameIdentifier.content, "sessions": list(said.sessionIndexes)}
    else:
        logout.processResponseMsg(message)
        said, about = logout.response, {}
        if said.inResponseTo != world["request"]:
            raise Refused("InResponseTo")
    if said.destination != world["slo"]:
        raise Refused("Destination")
    return about


def answer(question):
    try:
        if "kind" in question:
            return {"accepted": True} | verify_logout(question["message"], question["kind"])
        a = verify(question["message"])
        return {"accepted": True, "name_id": a.subject.nameID.content, "attributes": attributes(a)}
    except Exception as refusal:
        return {"accepted": False, "why": f"{type(refusal).__name__}: {refusal}"}


def apart(questions):
    """Answers in a process of its own, as far as that lives, and returns the answers."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        with os.fdopen(theirs, "w") as out:
            for question in questions:
                print(json.dumps(answer(question)), file=out, flush=True)
            out.flush()
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as said:
        answers = said.read().splitlines()
    os.waitpid(child, 0)
    return answers


todo = [json.loads(line) for line in sys.stdin]
while todo:
    answers = apart(todo)
    if len(answers) < len(todo):
        answers.append(json.dumps({"accepted": False, "why": "crashed"}))
    print("\n".join(answers), flush=True)
    todo = todo[len(answers) :]
