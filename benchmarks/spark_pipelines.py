"""15 small data sets on open-source `spark-pipelines` (tuned) and on this runtime, step by step in one run.

    python -m benchmarks.spark_pipelines [COMPARISON]     default ../shared/compare/sdp15

`spark-pipelines` needs Spark Connect's packages; they are installed into an environment of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from dlt_local.session.jars import DELTA_JARS, cached_jars

COMPARISON = Path("../shared/compare/sdp15")
PACKAGES = ("pyspark[pipelines]==4.2.0",)
STEPS = {"dry-run": "check only", "run1": "first update", "run2": "one new file each", "run3": "nothing new"}


def main(comparison: Path) -> None:
    """Print wall and CPU seconds of both, and their ratios."""
    script = comparison / "run_sdp.sh"
    if not script.is_file():
        sys.exit(f"{script} does not exist; give the folder of the comparison")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        jars = work / "jars"
        jars.mkdir()
        for jar in cached_jars(DELTA_JARS):
            shutil.copy(jar, jars)
        theirs = _measured(script, work / "theirs", {"PY": str(_connect_python()), "JARS": str(jars)})
        runner = {"PY": sys.executable, "RUNNER": f"{sys.executable} -m dlt_local", "PYTHONPATH": str(Path.cwd())}
        ours = _measured(script, work / "ours", {**runner, "EXTRA": f"--state {work / 'ours' / 'warehouse'}"})
    print(f"{'':20}{'spark-pipelines':>24}{'dlt-local':>20}{'ratio of wall':>16}")
    for step, title in STEPS.items():
        their, our = theirs[step], ours[step]
        costs = f"{their['wall_s']:10.1f} /{their['cpu_s']:7.1f} CPU{our['wall_s']:9.1f} /{our['cpu_s']:6.1f} CPU"
        print(f"{title:20}{costs}{our['wall_s'] / their['wall_s']:14.2f}")


def _measured(script: Path, work: Path, settings: dict[str, str]) -> dict[str, dict[str, float]]:
    environment = {**os.environ, **settings, "WORK": str(work)}
    subprocess.run(["bash", str(script.resolve()), "tuned"], env=environment, check=True, stdout=sys.stderr)
    lines = (work / "results.jsonl").read_text(encoding="utf-8").splitlines()
    results = {record["label"].split("/")[-1]: record for record in map(json.loads, lines)}
    failed = [step for step, record in results.items() if record["rc"] != 0]
    if failed:
        sys.exit(f"{', '.join(failed)} failed; logs were in {work}")
    return results


def _connect_python() -> Path:
    """The Python of an environment with Spark Connect, made once."""
    folder = Path(".venv-spark-pipelines")
    python = folder.resolve() / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (folder / "ready").touch()
    return python


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else COMPARISON)
