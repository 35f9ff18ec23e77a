"""What an update of the lakehouse costs: from nothing, with one small new file, with nothing new.

python benchmarks/real_day.py [LANDING]     default ../shared/real/sbit_set1
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import cost_of

LANDING = Path("../shared/real/sbit_set1")
NEW_FILE = "registered_users/late.csv"
NEW_ROWS = "user_id,device_id,mac_address,registration_timestamp\n990001,990001,02:00:00:99:00:01,1678452100\n"


def main(landing: Path) -> None:
    """Print the cost of three updates."""
    if not landing.is_dir():
        sys.exit(f"{landing} does not exist; give a landing folder")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(landing, work / "landing")
        command = [sys.executable, "-m", "dlt_local", "run"]
        command += ["--state", str(work / "state"), "--landing", str(work / "landing")]
        print(f"{'from nothing':24}{cost_of(command, log=work / 'log')}")
        (work / "landing" / NEW_FILE).write_text(NEW_ROWS, encoding="utf-8")
        print(f"{'one small new file':24}{cost_of(command, log=work / 'log')}")
        print(f"{'nothing new':24}{cost_of(command, log=work / 'log')}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else LANDING)
