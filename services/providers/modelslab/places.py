"""Where ModelsLab's pictures may lie."""

from services.addresses import origins_of, why_refused


def may_fetch(url: str, base: str) -> bool:
    """Tell whether a picture may lie at `url`: anywhere public by https, or at the host of the setting `base`.

    A list of hosts cannot be given: pictures lie on r2.dev, cdn2.stablediffusionapi.com, assets.modelslab.ai and
    modelslab-bom.s3.amazonaws.com, and those of enterprise accounts in whatever bucket was set there. No key goes with
    the request, and the guard of all addresses from outside keeps it out of the operator's network.
    """
    return why_refused(url, origins_of((base,))) is None
