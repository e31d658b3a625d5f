"""Gives messages to python3-saml: the first line of standard input is the connection, every other one a message; an answer is one line, too."""

import json
import os
import sys
from urllib.parse import parse_qsl, urlsplit

import onelogin.saml2
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

world = json.loads(sys.stdin.readline())
OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = world["skew"]
OneLogin_Saml2_Utils.now = staticmethod(lambda: world["now"])


def settings_with(**security):
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": world["sp"],
                "assertionConsumerService": {"url": world["acs"]},
                "singleLogoutService": {"url": world["slo"]},
                "x509cert": world["sp_certificate"],
                "privateKey": world["sp_key"],
            },
            "idp": {
                "entityId": world["idp"],
                "singleSignOnService": {"url": world["idp_sso"]},
                "singleLogoutService": {"url": world["idp_slo"]},
                "x509cert": world["idp_certificate"],
            },
            # Not every provider sends attributes, and some send one twice.
            "security": {"rejectDeprecatedAlgorithm": True, "wantAttributeStatement": False, "allowRepeatAttributeName": True} | security,
        }
    )


settings, settings_for_logout = settings_with(), settings_with(wantMessagesSigned=True)
# The only schema that is asked for is read once and not for every message; nothing else is changed.
with open(os.path.join(os.path.dirname(onelogin.saml2.__file__), "schemas", "saml-schema-protocol-2.0.xsd")) as file:
    schema = etree.XMLSchema(etree.parse(file))
OneLogin_Saml2_XML._schema_class = staticmethod(lambda document: schema)


def request_to(address):
    at = urlsplit(address)
    return {"https": "on" if at.scheme == "https" else "off", "http_host": at.netloc, "script_name": at.path}


def sign_in(message):
    response = OneLogin_Saml2_Response(settings, message)
    response.is_valid(request_to(world["acs"]), world["request"], raise_exceptions=True)
    return {"accepted": True, "name_id": response.get_nameid(), "attributes": response.get_attributes()}


def end(message, kind, binding):
    """One message of single logout; it knows them by redirect alone."""
    if binding != "redirect":
        return {"silent": True}
    query = {"get_data": dict(parse_qsl(message, keep_blank_values=True)), "query_string": message, "validate_signature_from_qs": True}
    auth = OneLogin_Saml2_Auth(request_to(world["slo"]) | query, settings_for_logout)
    auth.process_slo(keep_local_session=True, request_id=world["request"])
    if auth.get_errors():
        return {"accepted": False, "why": f"{auth.get_errors()}: {auth.get_last_error_reason()}"}
    if kind != "LogoutRequest":
        return {"accepted": True}
    asked, name = auth.get_last_request_xml(), OneLogin_Saml2_Logout_Request
    return {"accepted": True, "name_id": name.get_nameid(asked, world["sp_key"]), "sessions": name.get_session_indexes(asked)}


for line in sys.stdin:
    answer = {"accepted": False}
    try:
        question = json.loads(line)
        answer = end(**question) if "kind" in question else sign_in(**question)
    except BaseException as refusal:
        answer["why"] = f"{type(refusal).__name__}: {refusal}"
    print(json.dumps(answer), flush=True)
