"""`python -m tests.bench server [--json FILE]`: run a scenario, print its tables, keep its figures."""

import argparse
import importlib
import json
from pathlib import Path


def main() -> None:
    """Run the scenarios named; a scenario is a module `<name>_scenario` with `run() -> (report, figures)`."""
    names = sorted(
        path.stem.removesuffix("_scenario") for path in Path(__file__).parent.glob("*_scenario.py")
    )
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("scenarios", nargs="+", choices=names)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    asked = parser.parse_args()
    figures = {}
    for name in asked.scenarios:
        report, figures[name] = importlib.import_module(f"tests.bench.{name}_scenario").run()
        print(f"## {name}\n\n{report}\n", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


main()
