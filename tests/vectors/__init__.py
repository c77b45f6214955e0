"""vectors - hostile mails, made up: what each threat looks like when it arrives,
and what is to come of it.

usage: python3 tests/vectors                     lists them
       python3 tests/vectors FOLDER [NAME]...    writes them, or those named so, as NAME.eml

Each is the same bytes every time. For tests: VECTORS; Vector.bytes() makes the
message. The policy domain is example.com, and the report ID the vector's name,
where there is a report in it."""

from .base import VECTORS, Vector
from . import base, packed, markup, mime, values

__all__ = ["VECTORS", "Vector", "base", "packed", "markup", "mime", "values"]
