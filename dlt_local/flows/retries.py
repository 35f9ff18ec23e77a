"""Which failures are tried again, how often and after how long: those of networks and concurrent writers only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tenacity import (
    Retrying,
    retry_if_result,
    sleep_using_event,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from dlt_local.errors import PipelineError
from dlt_local.flows.java_errors import throwables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Event

    from tenacity import RetryCallState

    from dlt_local.flows.outcome import Outcome

FLOW_RETRIES = "pipelines.maxFlowRetryAttempts"
UPDATE_RETRIES = "pipelines.numUpdateRetryAttempts"
_WAIT = wait_random_exponential(multiplier=0.5, max=60)
_TRANSIENT_PYTHON = (ConnectionError, TimeoutError, InterruptedError)
_TRANSIENT_JAVA = re.compile(
    r"java\.net\.\w*(Socket|Connect|NoRoute|UnknownHost)\w*Exception|java\.util\.concurrent\.TimeoutException"
    r"|java\.sql\.SQLTransient\w*Exception|java\.sql\.SQLRecoverableException"
    r"|io\.delta\.exceptions\.Concurrent\w*Exception|org\.apache\.spark\.sql\.delta\.Concurrent\w*Exception"
    r"|org\.apache\.kafka\.common\.errors\.(Timeout|Network|Disconnect|BrokerNotAvailable|LeaderNotAvailable)\w*Exception"
)


# Kafka's producer reports it as the cause of a timeout.
_LASTING_JAVA = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"


def flow_retries(configuration: Mapping[str, str], spark_conf: Mapping[str, str]) -> int:
    """Retries of a flow; none unless configured, as in development updates on Databricks."""
    return _whole_number(FLOW_RETRIES, {**configuration, **spark_conf}.get(FLOW_RETRIES, "0"))


def update_retries(configuration: Mapping[str, str]) -> int:
    """Retries of a whole update; none unless configured."""
    return _whole_number(UPDATE_RETRIES, configuration.get(UPDATE_RETRIES, "0"))


def retried_until(
    stop: Event, run: Callable[[], Outcome], retries: int | None, on_retry: Callable[[Outcome, int], None]
) -> Outcome:
    """As `retried`, without end if `retries` is None; once `stop` is set, the last outcome."""
    limits = [] if retries is None else [stop_after_attempt(retries + 1)]
    ends = stop_any(stop_when_event_set(stop), *limits)
    return _retried(run, on_retry, stop=ends, sleep=sleep_using_event(stop), wait=_WAIT)


def retried(
    run: Callable[[], Outcome], retries: int, on_retry: Callable[[Outcome, int], None], wait: Any = None
) -> Outcome:
    """The outcome of the first attempt that does not fail with a transient error, or of the last one."""
    return _retried(run, on_retry, stop=stop_after_attempt(retries + 1), wait=wait or _WAIT)


def _retried(run: Callable[[], Outcome], on_retry: Callable[[Outcome, int], None], **policy: Any) -> Outcome:

    def announce(state: RetryCallState) -> None:
        if state.outcome is not None:
            on_retry(state.outcome.result(), state.attempt_number + 1)

    attempts = Retrying(
        **policy,
        retry=retry_if_result(lambda outcome: outcome.error is not None and is_transient(outcome.error)),
        before_sleep=announce,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    return attempts(run)


def is_transient(error: BaseException) -> bool:
    """Whether the same may succeed when it is tried again."""
    if isinstance(error, PipelineError):
        return getattr(error, "is_transient", False)
    classes = [str(throwable.getClass().getName()) for throwable in throwables(error)]
    return isinstance(error, _TRANSIENT_PYTHON) or (
        _LASTING_JAVA not in classes and any(_TRANSIENT_JAVA.fullmatch(name) for name in classes)
    )


def _whole_number(key: str, value: str) -> int:
    if not value.isdecimal():
        raise PipelineError(f"'{key}' must be a whole number, got '{value}'")
    return int(value)
