"""`make screenshots`: the pictures of the README, taken from the sample community in a real browser."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.rig import ROOT, served
from tests.e2e.conftest import CHROMIUM, FLAGS, settled, sign_in

PICTURES = (
    ("map", "leader", "/map", 1440, 900, "zh-CN"),
    ("charts", "leader", "/charts?as=in_time.areas", 1440, 1500, "zh-CN"),
    ("residents", "staff", "/residents?living=alone", 1440, 900, "zh-CN"),
    ("my-day-phone", "staff", "/", 390, 844, "zh-CN"),
    ("residents-phone", "staff", "/residents?age=80%2B", 390, 844, "zh-CN"),
    ("shifts-phone", "volunteer", "/shifts", 390, 844, "zh-CN"),
    ("activities-phone", "volunteer", "/activities", 390, 844, "zh-CN"),
    ("never-phone", "staff", "/activities?part=never", 390, 844, "zh-CN"),
    ("roster", "staff", "/roster", 1440, 900, "zh-CN"),
)


def main() -> None:
    """Build the sample community aside, serve it, and take each picture."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/linli.db"
        environment = {**os.environ, "LINLI_DATA_DIR": folder, "LINLI_DATABASE_URL": url, "LINLI_DEMO": "1"}
        subprocess.run([sys.executable, "-m", "db", "demo"], cwd=ROOT, env=environment, check=True)
        with (
            served(url, data_dir=Path(folder), environment={"LINLI_DEMO": "1"}) as server,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, who, path, width, height, language in PICTURES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale=language,
                    is_mobile=width < 600,
                    has_touch=width < 600,
                )
                page = context.new_page()
                page.goto(server.base + path)
                sign_in(page, who)
                settled(page)
                page.wait_for_timeout(2500)
                page.screenshot(path=str(ROOT / "docs" / "img" / f"{name}.png"))
                context.close()
            browser.close()


if __name__ == "__main__":
    main()
