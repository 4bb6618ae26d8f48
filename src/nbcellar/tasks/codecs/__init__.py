"""Values as bytes: JSON kinds, arrays and frames by codecs that run no code, everything else as a signed pickle."""

from nbcellar.tasks.codecs.encoding import decode, encode
from nbcellar.tasks.codecs.namespace import KeptNames, Left, Parcel, Why, decode_namespace, encode_namespace
from nbcellar.tasks.codecs.protocol import Codec, Parts, Pieces
from nbcellar.tasks.codecs.registration import add_codec, codec

__all__ = [
    "Codec",
    "KeptNames",
    "Left",
    "Parcel",
    "Parts",
    "Pieces",
    "Why",
    "add_codec",
    "codec",
    "decode",
    "decode_namespace",
    "encode",
    "encode_namespace",
]
