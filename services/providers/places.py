"""Where a provider may be asked and where its pictures may lie: its own hosts, or the host that a setting names."""

from collections.abc import Collection
from dataclasses import dataclass

from services.addresses import origin_of, origins_of, why_refused


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses that are believed: https on a host that is, or lies under, one of `hosts`; or the host of `base`.

    `base` is the address of the setting. Where it names another host than the vendor's (a stand-in, a proxy), pictures
    and polling may lie at any port of that host, by its own scheme.
    """

    base: str
    hosts: Collection[str]

    def allows(self, url: str) -> bool:
        """Tell whether `url` is such an address, and one that the guard of all addresses from outside takes."""
        place, own = origin_of(url), origins_of((self.base,))
        if place is None or why_refused(url, own) is not None:
            return False
        return place in own or any(
            place.host == each or place.host.endswith(f".{each}") for each in self.hosts
        )
