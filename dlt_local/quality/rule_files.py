"""Reads rule files. A folder has one per data set, `<data set>.yml`; `rule_file.schema.json` has their form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dlt_local.errors import CollectedError, PipelineError
from dlt_local.project.node_kinds import as_items, as_map, as_scalar, refuse_unknown
from dlt_local.project.yaml_nodes import MapNode, Node, read_yaml
from dlt_local.quality.rule_book import (
    ACTIONS,
    CHECK_KINDS,
    DIMENSIONS,
    SEVERITIES,
    CheckEntry,
    Objective,
    RuleBook,
    RuleEntry,
    RuleFile,
)
from dlt_local.quality.rule_fields import (
    columns,
    dataset_name,
    name_of,
    objective,
    one_of,
    owner_of,
    plain_value,
    refuse_twins,
    require,
    text,
)

__all__ = ["SCHEMA", "SUFFIX", "CheckEntry", "Objective", "RuleBook", "RuleEntry", "RuleFile", "read_rule_files"]

SCHEMA = Path(__file__).with_name("rule_file.schema.json")
SUFFIX = ".yml"

_FILE_FIELDS = ("dataset", "owner", "keys", "samples_from", "objective", "rules", "checks")
_RULE_FIELDS = ("name", "sql", "action", "severity", "dimension", "objective", "observed")
_CHECK_FIELDS = ("name", "kind", "severity")
_OF_A_DATASET = ("min_rows", "max_staleness_s")
_OF_A_RULE = ("max_failed_rate",)


def read_rule_files(folder: Path, *, relative_to: Path | None = None) -> RuleBook:
    """The rule files of a folder; what is wrong in any of them is told in one error, with file and line.

    The sources of the rules are paths relative to `relative_to`, if it is given and holds the folder.
    """
    if not folder.is_dir():
        raise PipelineError(f"No folder of rule files {folder}")
    found: list[RuleFile] = []
    errors: list[PipelineError] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in {SUFFIX, ".yaml"}):
        try:
            found.append(_Reader(path, _told_as(path, relative_to)).file())
        except PipelineError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else CollectedError(errors)
    return RuleBook(tuple(found))


def _told_as(path: Path, relative_to: Path | None) -> str:
    if relative_to and path.resolve().is_relative_to(relative_to.resolve()):
        return path.resolve().relative_to(relative_to.resolve()).as_posix()
    return str(path)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file."""

    path: Path
    source_file: str

    def file(self) -> RuleFile:
        if self.path.suffix != SUFFIX:
            raise PipelineError(f"{self.path}: a rule file ends in {SUFFIX}", remedy="Rename it.")
        fields = read_yaml(self.path)
        refuse_unknown(fields, "A rule file", _FILE_FIELDS)
        dataset, owner = self.dataset(fields), owner_of(fields)
        if fields.get("rules") is None and fields.get("checks") is None:
            raise PipelineError("A rule file has 'rules', 'checks' or both", where=fields.where)
        rules = tuple(self.rule(node, dataset, owner) for node in as_items(fields.get("rules"), "rules"))
        checks = tuple(self.check(node, dataset) for node in as_items(fields.get("checks"), "checks"))
        refuse_twins(fields, "rules", "Rule")
        refuse_twins(fields, "checks", "Check")
        samples_from = fields.get("samples_from")
        return RuleFile(
            dataset=dataset,
            owner=owner,
            keys=columns(fields, "keys"),
            samples_from=dataset_name(samples_from, "samples_from") if samples_from else None,
            objective=objective(fields, of="a data set as a whole", limits=_OF_A_DATASET),
            rules=rules,
            checks=checks,
            path=self.path,
        )

    def dataset(self, fields: MapNode) -> str:
        require(fields, "A rule file", ("dataset", "owner"))
        node = as_scalar(fields.get("dataset"), "dataset")
        name = dataset_name(node, "dataset")
        if name != self.path.stem:
            remedy = f"Name the file {name}{SUFFIX}, or the data set {self.path.stem}."
            raise PipelineError(f"This file is about '{name}', not '{self.path.stem}'", where=node.where, remedy=remedy)
        return name

    def rule(self, node: Node, dataset: str, owner: str) -> RuleEntry:
        fields = as_map(node, "rules")
        refuse_unknown(fields, "A rule", _RULE_FIELDS)
        require(fields, "A rule", ("name", "sql", "action", "severity", "dimension"))
        return RuleEntry(
            dataset=dataset,
            name=name_of(fields),
            sql=text(fields, "sql"),
            action=one_of(fields, "action", ACTIONS),
            severity=one_of(fields, "severity", SEVERITIES),
            dimension=one_of(fields, "dimension", DIMENSIONS),
            owner=owner,
            objective=objective(fields, of="a rule", limits=_OF_A_RULE),
            observed=text(fields, "observed") if fields.get("observed") else None,
            source_file=self.source_file,
            source_line=fields.where.line,
        )

    def check(self, node: Node, dataset: str) -> CheckEntry:
        fields = as_map(node, "checks")
        require(fields, "A check", _CHECK_FIELDS)
        return CheckEntry(
            dataset=dataset,
            name=name_of(fields),
            kind=one_of(fields, "kind", CHECK_KINDS),
            severity=one_of(fields, "severity", SEVERITIES),
            arguments={name: plain_value(value) for name, value in fields.entries.items() if name not in _CHECK_FIELDS},
            source_file=self.source_file,
            source_line=fields.where.line,
        )
