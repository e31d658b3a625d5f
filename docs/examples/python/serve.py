"""The process of a plugin, whatever provider it adapts: docs/reference/plugin-protocol.md, "From the ground up", in Python."""

import base64
import concurrent.futures
import datetime
import json
import os
import secrets
import signal
import sys
import tempfile
import threading

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import provider_pb2 as pb

COOKIE, COOKIE_VALUE = "IDPLUG_PLUGIN_COOKIE", "6b1f0c52-provider"
CORE_VERSION = "1"  # of go-plugin's handshake
VERSIONS = {"1"}  # of idplug's protocol
MAX_REQUEST, MAX_REPLY = 16 << 20, 1 << 20  # bytes; a host sends 4 MiB and may send more one day
WORKERS = 8  # of up to 64 calls at once the rest waits its turn
GRACE = 2  # seconds for calls in flight


def main(provider):
    """Serves a provider, which has manifest(), metadata(request) and maybe profile(request), until the host ends it."""
    parent = os.getppid()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if os.environ.get(COOKIE) != COOKIE_VALUE:
        key = provider.manifest().key
        sys.exit(f"This is a plugin for idplug. To install it: install -m 0755 idplug-provider-{key} plugins.d/")
    version = agree(os.environ.get("PLUGIN_PROTOCOL_VERSIONS", ""))
    server, address, certificate = listen(provider, stopping)
    print(CORE_VERSION, version, "unix", address, "grpc", certificate, sep="|", flush=True)
    os.dup2(2, 1)  # standard output was for that line; a stray print goes to the log
    while not stopping.wait(1) and os.getppid() == parent:
        pass
    server.stop(GRACE if stopping.is_set() else 0).wait(GRACE + 1)
    os._exit(0)  # a call that hangs keeps its thread, and a thread would keep the process


def agree(offered):
    """Returns the newest version of the protocol that both sides speak."""
    common = VERSIONS.intersection(offered.split(","))
    if not common:
        sys.exit(f"the host speaks version {offered or 'none'} of the protocol, this plugin {', '.join(VERSIONS)}: install a newer one")
    return max(common, key=int)


def listen(provider, stopping):
    """Starts the server on a socket of its own, for the one client whose certificate the host put into the environment."""
    client = os.environ.get("PLUGIN_CLIENT_CERT") or sys.exit("PLUGIN_CLIENT_CERT is empty: the host must show a certificate")
    key, certificate = identity()
    credentials = grpc.ssl_server_credentials(
        [(key, certificate.public_bytes(serialization.Encoding.PEM))],
        root_certificates=client.encode(),
        require_client_auth=True,
    )
    limits = [("grpc.max_receive_message_length", MAX_REQUEST), ("grpc.max_send_message_length", MAX_REPLY)]
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(WORKERS), handlers(provider, stopping), options=limits)
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir()
    address = os.path.join(folder, "plugin-" + secrets.token_hex(4))
    server.add_secure_port("unix:" + address, credentials)
    server.start()
    der = certificate.public_bytes(serialization.Encoding.DER)
    return server, address, base64.b64encode(der).decode().rstrip("=")


def identity():
    """Makes the key and the certificate of this process; the host learns the certificate from the handshake and trusts no other."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)  # what the host expects
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, certificate


def handlers(provider, stopping):
    """The provider's service, and the three that go-plugin asks for. Messages of those are so small that they are written as bytes."""
    calls = {"GetManifest": call("GetManifest", pb.GetManifestRequest, lambda _: manifest_reply(provider))}
    calls["Metadata"] = call("Metadata", pb.MetadataRequest, provider.metadata)
    if hasattr(provider, "profile"):  # else gRPC answers UNIMPLEMENTED
        calls["Profile"] = call("Profile", pb.ProfileRequest, provider.profile)

    def shutdown(_request, _context):
        stopping.set()
        return b""  # plugin.Empty

    services = {
        "idplug.v1.ProviderService": calls,
        "grpc.health.v1.Health": {"Check": grpc.unary_unary_rpc_method_handler(lambda *_: b"\x08\x01")},  # status: SERVING
        "plugin.GRPCController": {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)},
        "plugin.GRPCStdio": {"StreamStdio": grpc.unary_stream_rpc_method_handler(lambda *_: iter(()))},  # ends: the log has standard error
    }
    return [grpc.method_handlers_generic_handler(name, methods) for name, methods in services.items()]


def manifest_reply(provider):
    return pb.GetManifestResponse(manifest=provider.manifest(), provisioner=hasattr(provider, "profile"))


def call(name, request_type, answer):
    """Makes a call of the protocol from a function. An exception fails that one call, and its text, which may quote a person's data, is not told."""

    def handle(request, context):
        try:
            return answer(request)
        except Exception as error:  # pylint: disable=broad-except
            log("ERROR", "exception", method=name, cause=type(error).__name__, request_id=request.context.request_id)
            context.abort(grpc.StatusCode.INTERNAL, "exception in " + name)

    return grpc.unary_unary_rpc_method_handler(handle, request_type.FromString, lambda reply: reply.SerializeToString())


def log(level, message, **fields):
    """Writes one JSON line to standard error, which the host reads."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    print(json.dumps({"time": now, "level": level, "msg": message, **fields}), file=sys.stderr, flush=True)
