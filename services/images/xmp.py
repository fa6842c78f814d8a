"""XMP packets: Limner's stamp and the AI mark put into one, and read out of one.

A packet of another maker is kept and ours is added as one more rdf:Description of the same picture. What another
maker already said (source type, description, tool) stays theirs and is not said twice.

*Source:* ISO 16684-1 (XMP): 7.3 (packet), 7.4 (rdf:Description; several may describe the same resource); IPTC Photo
Metadata Standard 2023.1, "Digital Source Type".
"""

import html
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, NoReturn
from xml.parsers import expat

MadeBy = Literal["ai", "sketch"]
"""Whether a trained model or the built-in painter made the picture."""

NAMESPACE: Final = "urn:limner:stamp:1.0#"
SOURCE_TYPES: Final[dict[MadeBy, str]] = {
    "ai": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    "sketch": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
}
"""Machine-readable source types. *Source:* cv.iptc.org/newscodes/digitalsourcetype."""

_DESCRIPTIONS: Final[dict[MadeBy, str]] = {
    "ai": "AI-generated picture",
    "sketch": "Picture drawn by an algorithm, without a trained model",
}
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OUR_BLOCK: Final = re.compile(
    rf'<rdf:Description xmlns:limner="{re.escape(NAMESPACE)}".*?</rdf:Description>\n?', re.DOTALL
)
_LAST_RDF_END: Final = re.compile(r"</[\w.-]+:RDF\s*>(?!.*</[\w.-]+:RDF\s*>)", re.DOTALL)
# Every description in a packet names the same resource (7.4): ours names what the others name.
_ABOUT: Final = re.compile(r"""\brdf:about=("[^"]*"|'[^']*')""")
_PADDING: Final = re.compile(r"\s+(?=<\?xpacket end)")
_EMPTY_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Limner">\n'
    f'<rdf:RDF xmlns:rdf="{_RDF}">\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
)


class Mark(NamedTuple):
    """What a stamp says, as text. `recipe` is canonical JSON, None where it was left out."""

    code: str
    made_by: MadeBy
    recipe: str | None


def packets(existing: bytes | None, mark: Mark) -> Iterator[bytes]:
    """Yield packets that carry `mark`, from the fullest to the smallest, for a container with a size limit.

    First with everything that `existing` says, then without the recipe (the code still leads to it), then, in case
    `existing` alone fills the container, without what it says: the AI mark is the one thing that must be there.
    """
    foreign = _foreign(existing)
    bare = mark._replace(recipe=None)
    yield _merged(foreign, mark)
    yield _merged(foreign, bare)
    yield _merged(_EMPTY_PACKET, mark)
    yield _merged(_EMPTY_PACKET, bare)


def read_mark(packet: bytes) -> Mark | None:
    """Return the mark in `packet`, None where there is none or the packet is no XMP."""
    values = _our_values(packet)
    if values is None or "code" not in values:
        return None
    made_by: MadeBy = "sketch" if values.get("madeBy") == "sketch" else "ai"
    return Mark(values["code"], made_by, values.get("recipe"))


def _foreign(existing: bytes | None) -> str:
    """Return the packet of another maker without a stamp of ours and without padding, an empty packet if unusable."""
    if existing is None or _our_values(existing) is None:
        return _EMPTY_PACKET
    try:
        text = existing.decode()
    except UnicodeDecodeError:  # XMP may be UTF-16; PNG, JPEG and WebP allow UTF-8 only
        return _EMPTY_PACKET
    return _PADDING.sub("\n", _OUR_BLOCK.sub("", text))


def _merged(packet: str, mark: Mark) -> bytes:
    """Return `packet` with our block as the last description."""
    end = _LAST_RDF_END.search(packet)
    if end is None:
        return _merged(_EMPTY_PACKET, mark)
    return (packet[: end.start()] + _block(mark, packet) + packet[end.start() :]).encode()


def _block(mark: Mark, packet: str) -> str:
    """Return our description of the picture, less what `packet` already says."""
    source, description = SOURCE_TYPES[mark.made_by], f"{_DESCRIPTIONS[mark.made_by]} (Limner {mark.code})"
    shared = (
        (":DigitalSourceType", f"<iptcExt:DigitalSourceType>{source}</iptcExt:DigitalSourceType>"),
        (":CreatorTool", "<xmp:CreatorTool>Limner</xmp:CreatorTool>"),
        (
            "dc:description",
            f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description>',
        ),
    )
    found = _ABOUT.search(packet)
    about = found[1] if found else '""'
    lines = (
        f'<rdf:Description xmlns:limner="{NAMESPACE}" xmlns:rdf="{_RDF}" rdf:about={about}',
        ' xmlns:iptcExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">',
        _element("code", mark.code),
        _element("madeBy", mark.made_by),
        *(() if mark.recipe is None else (_element("recipe", mark.recipe),)),
        *(xml for name, xml in shared if name not in packet),
        "</rdf:Description>",
    )
    return "\n".join(lines) + "\n"


def _element(name: str, text: str) -> str:
    """Return one value of our namespace."""
    return f"<limner:{name}>{html.escape(text, quote=False)}</limner:{name}>"


class _Values:
    """Collects the values of our namespace, whether a tool wrote them as elements or as attributes."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._open: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key.startswith(NAMESPACE):
                self.found[key.removeprefix(NAMESPACE)] = value
        self._open = name.removeprefix(NAMESPACE) if name.startswith(NAMESPACE) else None
        if self._open is not None:
            self.found[self._open] = ""

    def text(self, text: str) -> None:
        if self._open is not None:
            self.found[self._open] += text

    def end(self, _name: str) -> None:
        self._open = None


def _our_values(packet: bytes) -> dict[str, str] | None:
    """Return the values of our namespace by name.

    None when `packet` is not well-formed XML, has a DTD, or is in an encoding that cannot be read.
    """
    values, parser = _Values(), expat.ParserCreate(namespace_separator="")
    parser.buffer_text = True
    # Entities could grow without bound; XMP allows no DTD (ISO 16684-1, 7.3.1), so that none is lost by this.
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler, parser.EndElementHandler = values.start, values.end
    parser.CharacterDataHandler = values.text
    try:
        parser.Parse(packet.rstrip(b"\0"), True)
    except (expat.ExpatError, LookupError, ValueError):
        # The parser asks Python for an encoding that it does not know itself: there may be none of that name
        # (LookupError), or one that is no table of single bytes (ValueError).
        return None
    return values.found


def _refuse_dtd(*_declared: object) -> NoReturn:
    """End the parse: an XMP packet has no document type."""
    raise expat.ExpatError("XMP with a document type")
