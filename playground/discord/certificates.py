"""One certificate for some host names, signed by an authority that exists for it alone.

The authority's key is forgotten after that one signature, so that who trusts it trusts nothing else by it.
"""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID: Final = timedelta(days=397)
_CLOCKS_DIFFER: Final = timedelta(days=1)
_SIGNING = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip
_CERTIFYING = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signed(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *extensions: tuple[x509.ExtensionType, bool],
) -> x509.Certificate:
    """Return a certificate by the authority; each extension comes with whether it is critical."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        _name("Local Discord"), _name(subject), key.public_key(), x509.random_serial_number(),
        now - _CLOCKS_DIFFER, now + _VALID,
    )  # fmt: skip
    always = (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    for extension, is_critical in (always, *extensions):
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(by, SHA256())


def make(folder: Path, hosts: tuple[str, ...]) -> tuple[Path, ssl.SSLContext]:
    """Return the file with the authority, `ca.pem`, and a server's context with its certificate for `hosts`."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed(
        "Local Discord", ca_key, ca_key, (x509.BasicConstraints(ca=True, path_length=0), True), (_CERTIFYING, True)
    )  # fmt: skip
    certificate = _signed(
        hosts[0],
        key,
        ca_key,
        (x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_SIGNING, True),
    )
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.public_bytes(Encoding.PEM))
    return ca_file, _context(folder / "tls.pem", key, certificate)


def _context(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
    """Return a server's context; `ssl` reads keys from files only, so `file` holds this one for a moment."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem += certificate.public_bytes(Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        with open(file, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
            opened.write(pem)
        context.load_cert_chain(file)
    finally:
        file.unlink(missing_ok=True)
    return context
