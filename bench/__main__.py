"""`./run bench [NAME…] [--quick] [--engine …]`: every bench on both engines, one JSON object a line."""

import argparse
import importlib
import pkgutil
import subprocess
import sys
from dataclasses import replace

import bench
from bench import kit

# Benches that keep large databases of their own between runs are programs of their own.
PROGRAMS = {"pages"}
NOT_BENCHES = {"kit", "office", "settings", "prove", "__main__"}


def names() -> list[str]:
    """Modules of this package that measure something."""
    return sorted(info.name for info in pkgutil.iter_modules(bench.__path__) if info.name not in NOT_BENCHES)


def measure(wanted: list[str], quick: bool) -> None:
    for name in wanted:
        for line in importlib.import_module(f"bench.{name}").run(quick):
            kit.say(replace(line, engine=kit.engine()))


def program(name: str, quick: bool, engines: list[str]) -> int:
    """Run a bench that manages its databases itself."""
    sizes = ["--sizes", "10000"] if quick else []
    command = [sys.executable, "-m", f"bench.{name}", *sizes, "--engines", ",".join(engines)]
    return subprocess.run(command, check=False).returncode


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names())}; all when none is given")
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first look")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    given = arguments()
    wanted = given.names or names()
    if unknown := set(wanted) - set(names()):
        kit.note(f"没有这个测量：{'、'.join(sorted(unknown))}。 No such bench.")
        return 2
    if given.child:
        kit.prepare()
        measure(wanted, given.quick)
        return 0
    worst = 0
    engines = [given.engine] if given.engine else ["sqlite", "postgresql"]
    for name in [name for name in wanted if name in PROGRAMS]:
        worst = max(worst, program(name, given.quick, engines))
    for name in [name for name in wanted if name not in PROGRAMS]:  # each on an empty database
        passed_on = [name, *(["--quick"] if given.quick else [])]
        worst = max(worst, kit.on_both_engines("bench", passed_on, engines))
    return worst


if __name__ == "__main__":
    sys.exit(main())
