"""Where ModelsLab's pictures may lie."""

import re
from typing import Final

from yarl import URL

from services.providers.places import Places

# A host whose last label is a word: no address in digits of any spelling ("127.1", "0x7f.1", "[::1]") has one, and
# neither has a single name of somebody's own network ("localhost", "printer").
_PUBLIC_NAME: Final = re.compile(r"([a-z0-9_-]{1,63}\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NO_PUBLIC_ENDINGS: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


def may_fetch(url: str, base: str) -> bool:
    """Tell whether a picture may lie at `url`: anywhere public by https, or at the host of the setting `base`.

    A list of hosts cannot be given: pictures lie on r2.dev, cdn2.stablediffusionapi.com, assets.modelslab.ai and
    modelslab-bom.s3.amazonaws.com, and those of enterprise accounts in whatever bucket was set there. No key goes with
    the request. A public name may lead to a private address, but whoever sits there has no certificate for that name,
    so that nothing is asked of him.
    """
    if Places(base, ()).allows(url):
        return True
    try:
        address = URL(url)
    except ValueError:
        return False
    host = (address.raw_host or "").lower().rstrip(".")
    is_public = _PUBLIC_NAME.fullmatch(host) is not None and not host.endswith(_NO_PUBLIC_ENDINGS)
    return is_public and address.scheme == "https" and not address.user and not address.password
