"""Content Credentials signed here: certificates of the test's own, and a time-stamp authority that answers.

The authority is a server on this machine that makes RFC 3161 tokens for whatever moment it is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SINCE, UNTIL = datetime(2010, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
SHA256 = bytes.fromhex("300d06096086480165030402010500")
ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TIME_STAMP_INFO = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE, DIGEST = bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904")
POLICY = bytes.fromhex("06032a0304")
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True)
class Holder:
    """A private key with its certificate, and the root that vouches for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def chain(self) -> str:
        """The certificate and its root, as PEM."""
        return pem(self.certificate) + pem(self.root)

    @property
    def anchor(self) -> str:
        """The root alone, as PEM."""
        return pem(self.root)

    @property
    def private_key(self) -> bytes:
        """The key as PEM, without a password."""
        plain = serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def pem(certificate: x509.Certificate) -> str:
    """A certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def holder(name: str, usage: x509.ObjectIdentifier) -> Holder:
    """A key for one use, certified by a root made for it alone."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(f"{name} root", root_key, root_key, f"{name} root", None)
    return Holder(key, _certificate(name, key, root_key, f"{name} root", usage), root)


def _certificate(name, key, by, issuer, usage) -> x509.Certificate:
    authority = usage is None
    allowed = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    allowed |= {"encipher_only": False, "decipher_only": False, "digital_signature": not authority}
    allowed |= {"key_cert_sign": authority, "crl_sign": authority}
    certificate = (
        x509.CertificateBuilder(_name(issuer), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**allowed), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if usage:
        certificate = certificate.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return certificate.sign(by, hashes.SHA256())


def _name(name: str) -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "XX", NameOID.ORGANIZATION_NAME: "Tests", NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(part, value) for part, value in parts.items()])


class Signing:
    """A signer and a time-stamp authority."""

    @cached_property
    def signer(self) -> Holder:
        """Who signs."""
        return holder("Signer", ExtendedKeyUsageOID.EMAIL_PROTECTION)

    @cached_property
    def authority(self) -> Holder:
        """Who attests when."""
        return holder("Authority", ExtendedKeyUsageOID.TIME_STAMPING)

    def sign(
        self,
        content: bytes,
        *actions: dict[str, Any],
        media_type: str = "image/jpeg",
        stamped: datetime | None = None,
        version: int = 2,
        edited: bool = False,
    ) -> bytes:
        """The file with credentials that declare these actions, time-stamped at that moment if there is one.

        An ``edited`` file names what it is made from as its earlier version, with the credentials of that.
        """
        manifest = {
            "claim_version": version,
            "claim_generator_info": [{"name": "Test camera", "version": "1"}],
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": list(actions) or [created()]}}],
        }
        settings = {"version": 1, "builder": {"thumbnail": {"enabled": False}}}
        settings["verify"] = {"verify_after_sign": False}
        signed = BytesIO()
        with answering(self.authority, stamped) as address, c2pa.Context.from_dict(settings) as context:
            builder = c2pa.Builder(manifest, context)
            if edited:
                builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            info = c2pa.C2paSignerInfo(
                b"es256", self.signer.chain.encode(), self.signer.private_key, address and address.encode()
            )
            builder.sign(c2pa.Signer.from_info(info), media_type, BytesIO(content), signed)
        return signed.getvalue()


def created(when: str | None = None, source: str = CAPTURE) -> dict[str, Any]:
    """The action by which content came to be."""
    return {"action": "c2pa.created", "digitalSourceType": source} | ({"when": when} if when else {})


def flipped(content: bytes) -> bytes:
    """The file with one bit of its picture changed."""
    return content[:-200] + bytes([content[-200] ^ 1]) + content[-199:]


@contextmanager
def answering(authority: Holder, moment: datetime | None) -> Iterator[str | None]:
    """The address of an authority that attests this moment, while it is needed; None for no moment."""
    if moment is None:
        yield None
        return
    with stamping(lambda asked: token(authority, asked, moment)) as address:
        yield address


@contextmanager
def stamping(answer_to: Callable[[bytes], bytes]) -> Iterator[str]:
    """The address of a time-stamp authority (RFC 3161, 3.4) with these answers, while it is needed."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = answer_to(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def token(authority: Holder, request: bytes, moment: datetime) -> bytes:
    """The answer of RFC 3161 to a request: a CMS token (RFC 5652) that holds its digest and the moment."""
    asked = _parts(_parts(request)[0][1])
    nonce = next((whole for tag, _, whole in asked[1:] if tag == 0x02), b"")
    when = f"{moment:%Y%m%d%H%M%SZ}".encode()
    info = _der(0x30, _der(2, b"\1"), POLICY, asked[1][2], _der(2, b"\1"), _der(0x18, when), nonce)
    attributes = (
        _der(0x30, CONTENT_TYPE, _der(0x31, TIME_STAMP_INFO)),
        _der(0x30, DIGEST, _der(0x31, _der(4, hashlib.sha256(info).digest()))),
    )
    signature = authority.key.sign(_der(0x31, *sorted(attributes)), ec.ECDSA(hashes.SHA256()))
    certificate = authority.certificate
    serial = certificate.serial_number
    number = _der(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    signer = _der(
        0x30,
        _der(2, b"\1"),
        _der(0x30, certificate.issuer.public_bytes(), number),
        SHA256,
        _der(0xA0, *sorted(attributes)),
        ECDSA_WITH_SHA256,
        _der(4, signature),
    )
    certificates = [each.public_bytes(serialization.Encoding.DER) for each in (certificate, authority.root)]
    data = _der(
        0x30,
        _der(2, b"\3"),
        _der(0x31, SHA256),
        _der(0x30, TIME_STAMP_INFO, _der(0xA0, _der(4, info))),
        _der(0xA0, *certificates),
        _der(0x31, signer),
    )
    return _der(0x30, _der(0x30, _der(2, b"\0")), _der(0x30, SIGNED_DATA, _der(0xA0, data)))


def _der(tag: int, *parts: bytes) -> bytes:
    """A value of ASN.1's distinguished encoding (X.690)."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _parts(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The values that stand one after another: tag, content, and the whole."""
    found, at = [], 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, start = int.from_bytes(data[start : start + octets], "big"), start + octets
        found.append((tag, data[start : start + length], data[at : start + length]))
        at = start + length
    return found
