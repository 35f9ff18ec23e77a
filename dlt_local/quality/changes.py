"""Tells how the rules of an update differ from those of the update before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.quality.model import RuleChanges

if TYPE_CHECKING:
    from dlt_local.quality.model import Rule, UpdateQuality


def rule_changes(before: UpdateQuality, after: UpdateQuality) -> RuleChanges | None:
    """Rules added, removed, or of another condition or action; None if one of the two does not say what it declared."""
    if before.rules is None or after.rules is None:
        return None
    old, new = _by_name(before.rules), _by_name(after.rules)
    kept = [(old[name], new[name]) for name in new if name in old]
    return RuleChanges(
        compared_with=before.update_id,
        added=tuple(rule for name, rule in new.items() if name not in old),
        removed=tuple(rule for name, rule in old.items() if name not in new),
        changed=tuple((was, now) for was, now in kept if was.fingerprint != now.fingerprint),
    )


def _by_name(rules: tuple[Rule, ...]) -> dict[tuple[str, str], Rule]:
    return {(rule.dataset, rule.name): rule for rule in rules}
