"""Makes the tables of a state folder known to Spark by their three-part names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

from dlt_local.errors import UnsupportedError
from dlt_local.event_log import settle_events
from dlt_local.show.stored_tables import stored_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from dlt_local.project.jobs import JobSpec
    from dlt_local.stores.state import StateFolder

_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"


def open_catalogs(spark: SparkSession, state: StateFolder, job: JobSpec) -> None:
    """Every stored table, every schema of the bundle and every published event log, by its name.

    What is created in one of these schemas becomes a folder of the state like any other table.
    """
    tables = stored_tables(state.root)
    schemas = dict.fromkeys([*job.schemas, *((table.catalog, table.schema) for table in tables)])
    schemas |= dict.fromkeys((log.catalog, log.schema) for log in job.logs)
    _refuse_ambiguous(schemas)
    for catalog in dict.fromkeys(catalog for catalog, _ in schemas):
        _name_catalog(spark, catalog)
    for catalog, schema in schemas:
        place = state.root / "tables" / catalog / schema
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{catalog}`.`{schema}` LOCATION '{_quoted(str(place))}'")
    folders = {table.parts: table.folder for table in tables}
    for log in job.logs:
        settle_events(state, log.pipeline)
        folder = state.pipeline(log.pipeline) / "event_log"
        if DeltaTable.is_deltatable(str(folder)):
            folders[(log.catalog, log.schema, log.table)] = folder
    _register(spark, folders)


def _name_catalog(spark: SparkSession, name: str) -> None:
    """Let a catalog be another name of the session's own, the only one that open-source Delta has."""
    spark.conf.set(f"spark.sql.catalog.{name}", _CATALOG)
    catalogs = spark._jsparkSession.sessionState().catalogManager()
    catalogs.catalog(name).setDelegateCatalog(catalogs.catalog("spark_catalog"))


def _register(spark: SparkSession, folders: Mapping[tuple[str, str, str], Path]) -> None:
    """Give each table its name.

    A CREATE TABLE reads the table, which for all tables of a state takes longer than a job: only the first is made so,
    and the entries of the others are copies of its.
    """
    if not folders:
        return
    (name, folder), *others = folders.items()
    spark.sql(f"CREATE TABLE {'.'.join(f'`{part}`' for part in name)} USING delta LOCATION '{_quoted(str(folder))}'")
    java: Any = spark._jvm
    catalog = spark._jsparkSession.sessionState().catalog()

    def identifier(parts: tuple[str, str, str]) -> Any:
        _, schema, table = parts
        some = java.scala.Option.apply
        return java.org.apache.spark.sql.catalyst.TableIdentifier(table, some(schema), some("spark_catalog"))

    first = catalog.getTableMetadata(identifier(name))
    for parts, place in others:
        location = java.scala.Option.apply(java.java.io.File(str(place)).toURI())
        storage = _copied(first.storage(), locationUri=location)
        catalog.createTable(_copied(first, identifier=identifier(parts), storage=storage), False, False)


def _copied(record: Any, **changes: Any) -> Any:
    """A Scala case class with other values in some fields."""
    fields = {record.productElementName(place): record.productElement(place) for place in range(record.productArity())}
    return record.copy(*(fields | changes).values())


def _refuse_ambiguous(schemas: Mapping[tuple[str, str], None]) -> None:
    """All catalogs are one here, so that a schema can be in one of them only."""
    owners: dict[str, str] = {}
    for catalog, schema in schemas:
        owner = owners.setdefault(schema.casefold(), catalog)
        if owner != catalog:
            message = f"Schema '{schema}' is in the catalogs {owner} and {catalog}"
            raise UnsupportedError(message, remedy="A job runs on the tables of one: give another folder by --state.")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
