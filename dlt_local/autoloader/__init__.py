"""Auto Loader (`cloudFiles`) on open-source file streams."""

from dlt_local.autoloader.files import files_digest, new_bytes
from dlt_local.autoloader.kept import KeptStreams
from dlt_local.autoloader.schemas import Place
from dlt_local.autoloader.stream import stream

__all__ = ["KeptStreams", "Place", "files_digest", "new_bytes", "stream"]
