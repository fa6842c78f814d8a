"""Where a provider may be asked and where its pictures may lie: its own hosts, or the host that a setting names."""

from collections.abc import Collection
from dataclasses import dataclass

from yarl import URL


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses that are believed: https on a host that is, or lies under, one of `hosts`; or the host of `base`.

    `base` is the address of the setting. Where it names another host than the vendor's (a stand-in, a proxy), pictures
    and polling may lie at any port of that host, by its own scheme.
    """

    base: str
    hosts: Collection[str]

    def allows(self, url: str) -> bool:
        """Tell whether `url` is such an address. It must not carry a user or a password."""
        try:
            address, base = URL(url), URL(self.base)
            # Here as well: reading a name that no registry could hold ("xn--a.example") fails only now.
            host = (address.host or "").lower().rstrip(".")
        except ValueError:
            return False
        if not host or address.user or address.password:
            return False
        if address.scheme == "https" and any(
            host == each or host.endswith(f".{each}") for each in self.hosts
        ):
            return True
        return (address.scheme, host) == (base.scheme, (base.host or "").lower())
