"""Rules about jobs and what starts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.project.yaml_nodes import Node, Scalar
from tests.bundle.lint.cron import mistake_in_cron, mistake_in_timezone
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, find, items_at, members, resources, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.lint.view import View

_WATCHABLE = ("/Volumes/", "s3://", "abfss://", "gs://")
_CRON = frozenset({"quartz_cron_expression", "quartz_cron_schedule"})


def job_limited(view: View) -> Iterator[Finding]:
    """A job ends, waits its turn, and says how many of it may run at once."""
    for key, job in members(view.merged, "jobs").items():
        if text_at(job, "timeout_seconds") in {"", "0"}:
            yield Finding("job-limited", job.where, f"Job '{key}' may run for ever", "Add timeout_seconds.")
        if text_at(job, "queue", "enabled") != "true":
            remedy = "Add queue: {enabled: true}."
            yield Finding("job-limited", job.where, f"Runs of job '{key}' are skipped while one runs", remedy)
        if not text_at(job, "max_concurrent_runs"):
            what = f"Job '{key}' does not say how many runs of it may overlap"
            yield Finding("job-limited", job.where, what, "Add max_concurrent_runs.")


def slowness_noticed_in_time(view: View) -> Iterator[Finding]:
    """A job is called slow before its time is over."""
    for key, job in members(view.merged, "jobs").items():
        limit = text_at(job, "timeout_seconds")
        for rule in items_at(job, "health", "rules"):
            if text_at(rule, "metric") != "RUN_DURATION_SECONDS" or not limit.isdigit():
                continue
            value = find(rule, "value")
            if isinstance(value, Scalar) and int(value.text) >= int(limit):
                what = f"Job '{key}' ends after {limit} s and is called slow after {value.text} s"
                yield Finding("slowness-noticed", value.where, what, "Choose a value below timeout_seconds.")


def job_failure_notified(view: View) -> Iterator[Finding]:
    """Somebody hears of a run that fails."""
    for key, job in members(view.merged, "jobs").items():
        told = [
            *items_at(job, "email_notifications", "on_failure"),
            *items_at(job, "webhook_notifications", "on_failure"),
        ]
        if not told:
            what = f"Nobody is told when job '{key}' fails"
            yield Finding("job-failure-notified", job.where, what, "Add email_notifications.on_failure.")


def retries_once(view: View) -> Iterator[Finding]:
    """A pipeline retries its updates itself; retries of the task would multiply them."""
    for key, job in members(view.merged, "jobs").items():
        for task in _tasks(job):
            retries = find(task, "max_retries")
            if find(task, "pipeline_task") and isinstance(retries, Scalar) and retries.text != "0":
                what = f"Task '{text_at(task, 'task_key')}' of job '{key}' retries a pipeline that retries itself"
                yield Finding("retries-once", retries.where, what, "Leave max_retries out.")


def task_keys(view: View) -> Iterator[Finding]:
    """A task depends on tasks of its job, and never on itself, directly or by others."""
    for key, job in members(view.merged, "jobs").items():
        tasks = {text_at(task, "task_key"): task for task in items_at(job, "tasks")}
        needs = {name: _needs(task) for name, task in tasks.items()}
        for name, wanted in needs.items():
            for other, node in wanted.items():
                if other not in tasks:
                    what = f"Task '{name}' of job '{key}' depends on '{other}', which is no task"
                    remedy = nearest(other, tasks) or f"There are {', '.join(tasks)}."
                    yield Finding("task-keys", node.where, what, remedy)
            if name in _reached(needs, name):
                what = f"Task '{name}' of job '{key}' waits for itself"
                yield Finding("task-keys", tasks[name].where, what, "Remove a dependency of the circle.")


def outcome_of_condition(view: View) -> Iterator[Finding]:
    """Only a condition has an outcome to depend on."""
    for key, job in members(view.merged, "jobs").items():
        conditions = {text_at(task, "task_key") for task in items_at(job, "tasks") if find(task, "condition_task")}
        for task in items_at(job, "tasks"):
            for name, node in _needs(task).items():
                outcome = find(node, "outcome")
                if outcome and name not in conditions:
                    what = f"Task '{text_at(task, 'task_key')}' of job '{key}' waits for an outcome of '{name}'"
                    yield Finding("outcome-of-condition", outcome.where, what, "Only condition tasks have one.")


def _needs(task: Node) -> dict[str, Node]:
    return {text_at(item, "task_key"): item for item in items_at(task, "depends_on")}


def _reached(needs: dict[str, dict[str, Node]], start: str) -> set[str]:
    reached: set[str] = set()
    open_tasks = list(needs[start])
    while open_tasks:
        name = open_tasks.pop()
        if name not in reached:
            reached.add(name)
            open_tasks += needs.get(name, {})
    return reached


def environment_defined(view: View) -> Iterator[Finding]:
    """The environment and the cluster of a task are defined in its job."""
    for key, job in members(view.merged, "jobs").items():
        for field, group in (("environment_key", "environments"), ("job_cluster_key", "job_clusters")):
            known = {text_at(item, field) for item in items_at(job, group)}
            for task in _tasks(job):
                node = find(task, field)
                if isinstance(node, Scalar) and node.text not in known:
                    what = f"Job '{key}' has no {field.removesuffix('_key')} '{node.text}'"
                    remedy = nearest(node.text, known) or f"Define it under '{group}'."
                    yield Finding("environment-defined", node.where, what, remedy)


def _tasks(job: Node) -> Iterator[Node]:
    for task in items_at(job, "tasks"):
        yield task
        inner = find(task, "for_each_task", "task")
        if inner is not None:
            yield inner


def schedule_valid(view: View) -> Iterator[Finding]:
    """A schedule is a Quartz expression in a time zone that exists."""
    for group, key, resource in resources(view.merged):
        schedule = find(resource, "schedule")
        for field, node in entries_at(schedule).items():
            if field in _CRON and isinstance(node, Scalar):
                mistake = mistake_in_cron(node.text)
                if mistake:
                    what = f"'{node.text}' of '{group}.{key}': {mistake}"
                    remedy = "Quartz has seconds first, and ? in one of the two days: 0 30 6 * * ?"
                    yield Finding("schedule-valid", node.where, what, remedy)
        if schedule is not None and group in {"jobs", "alerts"}:
            zone = find(schedule, "timezone_id")
            mistake = mistake_in_timezone(zone.text if isinstance(zone, Scalar) else "")
            if mistake:
                where = (zone or schedule).where
                yield Finding(
                    "schedule-valid", where, f"'{group}.{key}': {mistake}", "Write UTC or a name as Europe/Berlin."
                )


def arrival_watchable(view: View) -> Iterator[Finding]:
    """A file arrival is watched in a volume or a cloud folder, whose name ends with a slash."""
    for key, job in members(view.rendered, "jobs").items():
        url = find(job, "trigger", "file_arrival", "url")
        if isinstance(url, Scalar) and not (url.text.endswith("/") and url.text.startswith(_WATCHABLE)):
            what = f"Job '{key}' waits for files in '{url.text}'"
            remedy = "Write ${resources.volumes.<key>.volume_path}/ with the slash at its end."
            yield Finding("arrival-watchable", url.where, what, remedy)


def pause_left_to_targets(view: View) -> Iterator[Finding]:
    """An explicit pause_status UNPAUSED survives development mode: a laptop's copy would run by itself."""
    for node in view.files.values():
        for path, value in scalars(node):
            if path[-1] == "pause_status" and value.text == "UNPAUSED":
                remedy = "Leave it out and set presets.trigger_pause_status in the target."
                yield Finding("pause-left-to-targets", value.where, "This runs in every target", remedy)


def alert_decided(view: View) -> Iterator[Finding]:
    """An alert says what an empty result means, and whom to tell."""
    for key, alert in members(view.merged, "alerts").items():
        if not text_at(alert, "evaluation", "empty_result_state"):
            what = f"Alert '{key}' does not say what an empty result means"
            yield Finding("alert-decided", alert.where, what, "Add evaluation.empty_result_state: TRIGGERED or OK.")
        if not items_at(alert, "evaluation", "notification", "subscriptions"):
            what = f"Alert '{key}' tells nobody"
            yield Finding("alert-decided", alert.where, what, "Add evaluation.notification.subscriptions.")
