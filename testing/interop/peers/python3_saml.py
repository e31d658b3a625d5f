"""Gives messages to python3-saml: the first line of standard input is the connection, every other one a message; an answer is one line, too."""

import json
import os
import sys
from urllib.parse import urlsplit

import onelogin.saml2
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

world = json.loads(sys.stdin.readline())
OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = world["skew"]
OneLogin_Saml2_Utils.now = staticmethod(lambda: world["now"])
settings = OneLogin_Saml2_Settings(
    {
        "strict": True,
        "sp": {
            "entityId": world["sp"],
            "assertionConsumerService": {"url": world["acs"]},
            "x509cert": world["sp_certificate"],
            "privateKey": world["sp_key"],
        },
        "idp": {
            "entityId": world["idp"],
            "singleSignOnService": {"url": world["idp_sso"]},
            "x509cert": world["idp_certificate"],
        },
        # Not every provider sends attributes, and some send one twice.
        "security": {"rejectDeprecatedAlgorithm": True, "wantAttributeStatement": False, "allowRepeatAttributeName": True},
    }
)
# The only schema that is asked for is read once and not for every message; nothing else is changed.
with open(os.path.join(os.path.dirname(onelogin.saml2.__file__), "schemas", "saml-schema-protocol-2.0.xsd")) as file:
    schema = etree.XMLSchema(etree.parse(file))
OneLogin_Saml2_XML._schema_class = staticmethod(lambda document: schema)
acs = urlsplit(world["acs"])
request = {"https": "on" if acs.scheme == "https" else "off", "http_host": acs.netloc, "script_name": acs.path}

for line in sys.stdin:
    answer = {"accepted": False}
    try:
        response = OneLogin_Saml2_Response(settings, json.loads(line)["message"])
        response.is_valid(request, world["request"], raise_exceptions=True)
        answer = {"accepted": True, "name_id": response.get_nameid(), "attributes": response.get_attributes()}
    except BaseException as refusal:
        answer["why"] = f"{type(refusal).__name__}: {refusal}"
    print(json.dumps(answer), flush=True)
