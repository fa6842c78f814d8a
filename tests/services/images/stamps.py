"""A recipe, a packet of another maker, and how the tests stamp pictures and read the XMP in them."""

from types import MappingProxyType
from xml.etree import ElementTree

from services.images import jpeg, png, webp
from services.images.metadata import stamp
from services.images.xmp import MadeBy
from services.models import DrawnFeature, Recipe, RecipeKind
from tests.services.images.pictures import decode

CODE = "7k2m9xq4"
RECIPE = Recipe(
    kind=RecipeKind.PORTRAIT,
    prompt='a <b>face</b> & "eyes"\x0b \U0001f600 ]]> \ufffe \ud800',
    provider="fal",
    model="fal/flux-dev",
    model_version="1",
    image_seed=7,
    features=(DrawnFeature("Shape", "Nose", "aquiline"),),
    parameters=MappingProxyType({"steps": 28}),
)
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
FOREIGN = (
    f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>'
    '<rdf:Description rdf:about="uuid:1" xmlns:t="urn:theirs#" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
    "<t:owner>somebody</t:owner><xmp:CreatorTool>Theirs</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>"
    + " " * 2000 + '<?xpacket end="w"?>'
).encode()  # fmt: skip

ODD_ENCODINGS = ("x-vendor", "idna", "big5")
"""Names that Python does not know, cannot make a table of, and knows as one of several bytes."""


def stamped(data: bytes, recipe: Recipe = RECIPE, code: str = CODE, made_by: MadeBy = "ai") -> bytes:
    return stamp(data, recipe=recipe, code=code, made_by=made_by)


def xmp_of(data: bytes) -> str:
    packet = decode(data).info["xmp"]
    assert isinstance(packet, str | bytes)
    return packet if isinstance(packet, str) else packet.decode()


def with_xmp(data: bytes, packet: bytes) -> bytes:
    if data[:4] == b"\x89PNG":
        return png.with_texts(data, {png.XMP_KEYWORD: packet})
    return jpeg.with_xmp(data, packet) if data[:2] == b"\xff\xd8" else webp.with_xmp(data, packet)


def in_encoding(name: str) -> bytes:
    """Return a packet that says of itself to be in an encoding."""
    return f'<?xml version="1.0" encoding="{name}"?><x/>'.encode()


def descriptions(data: bytes) -> list[dict[str, str]]:
    """Return the rdf:Descriptions in the packet that Pillow finds, each as local name -> text."""
    root = ElementTree.fromstring(xmp_of(data))  # noqa: S314 - written by the code under test
    found = root.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    return [
        {local(name): text for name, text in element.attrib.items()}
        | {local(child.tag): "".join(child.itertext()) for child in element}
        for element in found
    ]


def local(name: str) -> str:
    return name.rpartition("}")[2]
