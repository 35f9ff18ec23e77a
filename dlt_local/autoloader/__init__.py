"""Auto Loader (`cloudFiles`) on open-source file streams."""

from dlt_local.autoloader.stream import description, file_source_of, stream

__all__ = ["description", "file_source_of", "stream"]
