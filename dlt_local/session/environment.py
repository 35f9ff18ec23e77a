"""What must be true of the Python environment before Spark starts."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from dlt_local.session.errors import EnvironmentClashError


def refuse_databricks_connect() -> None:
    """Databricks Connect installs its own `pyspark` over the real one, without any conflict that pip would see."""
    connect = _installed("databricks-connect")
    if connect:
        raise EnvironmentClashError(
            f"databricks-connect {connect} is installed here and has overwritten files of pyspark",
            remedy="Make a new environment; requirements-connect.txt belongs in one of its own.",
        )


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
