"""All rules, and what they say about a target of a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.source_location import SourceLocation
from tests.bundle.lint import (
    access,
    data_sets,
    files,
    jobs,
    paths,
    pipelines,
    references,
    settings,
    strictness,
    sync,
    tasks,
)
from tests.bundle.lint.findings import Finding
from tests.bundle.lint.view import view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.bundle.lint.view import Facts, View

    Rule = Callable[[View], Iterator[Finding]]

# These look at the files as they are written, whether or not their references can be resolved.
AS_WRITTEN: tuple[Rule, ...] = (
    settings.field_known,
    references.variable_declared,
    references.variable_used,
    references.variable_described,
    references.reference_exists,
    references.key_unique,
    references.bundle_name_fixed,
    files.one_resource_a_file,
    files.nothing_confidential,
    files.secret_no_variable,
    files.no_quality_monitor,
    files.no_notebook,
    files.fields_not_deprecated,
    jobs.pause_left_to_targets,
    pipelines.schema_by_reference,
    pipelines.catalog_by_variable,
)
RESOLVED: tuple[Rule, ...] = (
    strictness.resource_valid,
    strictness.resource_complete,
    references.dynamic_reference_exists,
    files.secret_by_reference,
    paths.path_exists,
    paths.glob_hits,
    paths.imports_below_root_path,
    paths.literal_schema_in_code,
    paths.import_path_untouched,
    pipelines.notification_known,
    pipelines.edition_known,
    pipelines.failure_notified,
    pipelines.event_log_published,
    pipelines.setting_known,
    pipelines.setting_configured,
    pipelines.value_not_empty,
    jobs.job_limited,
    jobs.slowness_noticed_in_time,
    jobs.job_failure_notified,
    jobs.retries_once,
    jobs.task_keys,
    jobs.outcome_of_condition,
    jobs.environment_defined,
    jobs.schedule_valid,
    jobs.arrival_watchable,
    tasks.sql_parameter_given,
    tasks.script_option_known,
    tasks.inputs_readable,
    jobs.alert_decided,
    access.no_all_privileges,
    access.people_closed,
    access.nothing_for_everybody,
    access.grant_reachable,
    access.one_owner,
    access.credentials_not_embedded,
    access.production_one_copy,
    access.production_has_permissions,
    access.production_protected,
    access.production_from_main,
    sync.sync_pattern_matches,
    sync.production_gets_sources_only,
    sync.sources_uploaded,
    sync.name_plain,
    data_sets.table_exists,
    data_sets.selection_exists,
    data_sets.trigger_exists,
    data_sets.query_runs_on_known_tables,
)

# What these find is why a target cannot be resolved.
_EXPLAINS = frozenset({"variable-declared", "reference-exists", "fields-not-deprecated"})


def findings(root: Path, target: str, facts: Facts) -> list[Finding]:
    """What the rules find, in the order of places; what makes the CLI stop is the rule `refused`."""
    try:
        seen = view(root, target, facts)
    except PipelineError as error:
        return [_refused(error, root)]
    rules = AS_WRITTEN if seen.refused else AS_WRITTEN + RESOLVED
    found = {finding for rule in rules for finding in rule(seen)}
    if seen.refused and not _EXPLAINS & {finding.rule for finding in found}:
        found.add(_refused(seen.refused, root))
    return sorted(found, key=lambda finding: (finding.where.file, finding.where.line, finding.rule, finding.what))


def _refused(error: PipelineError, root: Path) -> Finding:
    where = error.where or SourceLocation(str(root), 1)
    return Finding("refused", where, error.what, error.remedy or "Correct it.")
