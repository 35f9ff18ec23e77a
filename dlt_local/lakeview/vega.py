"""Vega, Vega-Lite and their embedding as one script, from a Python package instead of a network."""

from __future__ import annotations

import importlib.metadata
import os
import re
from functools import cache

from dlt_local.session.cache import cache_folder

# Only in texts and patterns, where a backslash before these means nothing.
_ENDS_SCRIPT = re.compile(r"<(/script|!--)", re.IGNORECASE)


@cache
def vega_script() -> str:
    """JavaScript that sets `vegaEmbed`, safe inside a script element; bundling takes seconds, so it is kept."""
    kept = cache_folder("vega", f"{importlib.metadata.version('vl-convert-python')}.js")
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    import vl_convert

    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    harmless = _ENDS_SCRIPT.sub(r"<\\\1", bundle)
    script = f"(() => {{{harmless}\n}})();"
    kept.parent.mkdir(parents=True, exist_ok=True)
    written = kept.with_suffix(f".{os.getpid()}")
    written.write_text(script, encoding="utf-8")
    written.replace(kept)
    return script
