"""What the settings of the live pipeline mean, and which of them contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitness.live_alerts import MODES

if TYPE_CHECKING:
    from fitness.settings import Settings


def flow_settings(settings: Settings) -> dict[str, str]:
    """The `spark_conf` of the flow that alerts."""
    if settings.live_mode == "real_time":
        return {"pipelines.trigger": "RealTime", "pipelines.trigger.interval": settings.live_checkpoint_interval}
    return {"pipelines.trigger.interval": settings.live_batch_interval}


def refuse_contradictions(settings: Settings) -> None:
    """ValueError that names every key at fault."""
    checks = (
        (not settings.kafka_bootstrap_servers, "fitness.kafka_bootstrap_servers is empty; give host:port of a broker"),
        (settings.live_mode not in MODES, f"fitness.live_mode is '{settings.live_mode}', none of {', '.join(MODES)}"),
        (
            settings.live_member_limits not in ("true", "false"),
            f"fitness.live_member_limits is '{settings.live_member_limits}', neither true nor false",
        ),
        (settings.live_repeat_s < 1, f"fitness.live_repeat_s is {settings.live_repeat_s}; give seconds"),
        (settings.live_max_age_s < 1, f"fitness.live_max_age_s is {settings.live_max_age_s}; give seconds"),
    )
    wrong = [text for is_wrong, text in checks if is_wrong]
    if wrong:
        raise ValueError(f"The live pipeline cannot run with this configuration: {'; '.join(wrong)}")
