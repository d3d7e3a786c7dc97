"""`./run` itself, with a stand-in for Python: what it finds, makes, skips, rebuilds and refuses."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("cat", "chmod", "cksum", "cp", "env", "find", "grep", "mkdir", "mktemp", "rm", "sed", "sh")

# Answers as Python does to what ./run asks of it, and keeps a list of the questions.
PYTHON = """#!/bin/sh
echo "$*" | head -n 1 >>"$ASKED"
case "$1 ${2:-}" in
"-c "*) case $2 in *version_info*) exit "${ANSWER:-0}" ;; *base64*) echo AAAA ;; esac ;;
"-m venv")
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    printf '#!/bin/sh\\nexit 0\\n' >"$3/bin/djade"
    cp "$3/bin/djade" "$3/bin/lint-imports"
    chmod +x "$3/bin/djade" "$3/bin/lint-imports"
    ;;
"-m pip")
    case $* in
    *install*)
        [ -z "${KILLED:-}" ] || kill -9 "$PPID"
        [ -z "${OFFLINE:-}" ] || exit 1
        ;;
    esac
    ;;
"-m mypy") [ -z "${UNTYPED:-}" ] || { echo "untyped.py:1: error"; exit 1; } ;;
"-m pytest") echo "pytest $DATABASE_URL ${TEST_REDIS_URL:-}"; exit "${PYTEST:-0}" ;;
"tests/ops/reachable.py "*) printf '%b' "$REACHABLE" ;;
"manage.py quickstart") echo served ;;
esac
exit 0
"""


@dataclass
class Tree:
    """A copy of the script in a bare tree, with a PATH that holds nothing but plain tools and our Pythons."""

    root: Path
    bin: Path
    office: Path

    @property
    def asked(self) -> list[str]:
        log = self.root / "asked"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def installs(self) -> int:
        return sum(line.startswith("-m pip install") for line in self.asked)

    def python(self, name: str, body: str = PYTHON) -> Path:
        path = self.bin / name
        path.write_text(body)
        path.chmod(0o755)
        return path

    def run(self, *args: str, user: int | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        given = {"PATH": str(self.bin), "HOME": str(self.root), "ASKED": str(self.root / "asked"), **env}
        return subprocess.run(
            ["./run", *args],
            cwd=self.office,
            env=given,
            user=user,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def tree():
    root = Path(tempfile.mkdtemp(prefix="salesdept-run-"))
    root.chmod(0o755)
    office, tools = root / "office", root / "bin"
    office.mkdir()
    tools.mkdir()
    shutil.copy(ROOT / "run", office / "run")
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        (office / name).write_text("django==6.1\n")
    for tool in (*TOOLS, "head"):
        (tools / tool).symlink_to(shutil.which(tool))
    made = Tree(root, tools, office)
    made.python("python3.13")
    yield made
    shutil.rmtree(root)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The refusal: a single marked line, after at most some progress lines."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert len(lines) == 1, done.stderr
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == lines[0]
    return lines[0]


def test_the_first_start_installs_and_the_second_does_not(tree):
    first, installs = tree.run(), tree.installs
    second = tree.run()
    assert (first.returncode, first.stdout) == (0, "served\n")
    assert (second.returncode, second.stdout, second.stderr) == (0, "served\n", "")
    assert installs > 0
    assert tree.installs == installs


def test_every_install_is_hashed(tree):
    tree.run()
    assert all("--require-hashes" in line for line in tree.asked if line.startswith("-m pip install"))


def test_tests_need_more_than_a_start(tree):
    tree.run()
    before = tree.installs
    tree.run("test", REACHABLE="POSTGRES=\\nTEST_REDIS_URL=\\nCHROMIUM=\\n")
    assert any("requirements-dev.txt" in line for line in tree.asked)
    assert tree.installs > before
    again = tree.installs
    tree.run()
    assert tree.installs == again


def test_a_shim_that_does_not_run_is_passed_over(tree):
    tree.python("python3.13", "#!/bin/sh\nexit 127\n")
    tree.python("python3.14")
    assert tree.run().returncode == 0


def test_the_version_file_points_into_the_version_manager(tree):
    for path in tree.bin.glob("python*"):
        path.unlink()
    home = tree.root / ".pyenv/versions/3.13.5/bin"
    home.mkdir(parents=True)
    (home / "python").write_text(PYTHON)
    (home / "python").chmod(0o755)
    (tree.office / ".python-version").write_text("3.13\n")
    done = tree.run()
    assert done.returncode == 0
    assert str(home / "python") in done.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [("3", "没有找到能运行的 Python"), ("127", "没有找到能运行的 Python"), ("4", "缺少 venv")],
    ids=["too old", "does not run", "without venv"],
)
def test_no_suitable_python_is_one_clear_line(tree, answer, words):
    assert words in one_line(tree.run(ANSWER=answer))
    assert not (tree.office / ".venv/bin").exists()


def test_a_first_start_killed_while_installing_is_noticed_and_made_anew(tree):
    killed = tree.run(KILLED="1")
    assert killed.returncode == -9
    half = tree.office / ".venv/half-made"
    half.touch()
    done = tree.run()
    assert (done.returncode, done.stdout) == (0, "served\n")
    assert "上次安装没有完成" in done.stderr
    assert not half.exists()


def test_two_installations_at_once_do_not_mix(tree):
    venv = tree.office / ".venv"
    venv.mkdir()
    (venv / "building").write_text(f"{os.getpid()}\n")
    assert "正在安装" in one_line(tree.run())
    assert tree.installs == 0


def test_a_failed_download_is_one_line_and_the_next_start_works(tree):
    assert "依赖下载或安装失败" in one_line(tree.run(OFFLINE="1"))
    assert tree.run().stdout == "served\n"


def test_changed_requirements_are_installed(tree):
    tree.run()
    before = tree.installs
    (tree.office / "requirements.txt").write_text("django==6.1.1\n")
    tree.run()
    assert tree.installs > before


def test_a_moved_tree_gets_a_new_environment(tree):
    tree.run()
    (tree.office / ".venv/old").touch()
    tree.office = tree.office.rename(tree.root / "elsewhere")
    assert tree.run().stdout == "served\n"
    assert not (tree.office / ".venv/old").exists()


def test_no_write_permission_is_one_clear_line(tree):
    tree.office.chmod(0o555)
    done = tree.run(user=65534 if os.geteuid() == 0 else None)
    assert "写权限" in one_line(done)
    assert sorted(p.name for p in tree.office.iterdir()) == sorted(
        ["run", "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"]
    )


def test_an_unknown_command_lists_the_known_ones(tree):
    done = tree.run("deploy")
    assert "没有这个命令" in one_line(done)
    for name in ("./run test", "./run check", "./run bench", "./run prove"):
        assert name in done.stderr


ALL_THERE = "POSTGRES=postgres://db\\nTEST_REDIS_URL=redis://r\\nCHROMIUM=/bin/c\\n"


def test_the_suite_runs_once_per_engine_with_its_arguments(tree):
    done = tree.run("test", "tests/ops", "-x", REACHABLE=ALL_THERE, DATABASE_URL="postgres://mine")
    asked = [line for line in tree.asked if line.startswith("-m pytest")]
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["pytest  redis://r", "pytest postgres://db redis://r"]
    assert all(line.endswith("tests/ops -x") for line in asked)
    assert ["not browser" in line for line in asked] == [False, True]


@pytest.mark.parametrize(
    ("missing", "words", "passes"),
    [("POSTGRES", "PostgreSQL", 1), ("TEST_REDIS_URL", "Redis", 2), ("CHROMIUM", "chromium", 2)],
)
def test_what_is_missing_is_left_out_aloud_and_refused_under_ci(tree, missing, words, passes):
    reachable = "".join(f"{part}\\n" for part in ALL_THERE.split("\\n") if not part.startswith(missing))
    reachable += f"{missing}=\\n"
    done = tree.run("test", REACHABLE=reachable)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == passes
    assert words in done.stderr
    refused = tree.run("test", REACHABLE=reachable, CI="true")
    assert words in one_line(refused)
    assert refused.stdout == ""


@pytest.mark.parametrize(
    ("code", "expected"), [("0", 0), ("1", 1), ("5", 1)], ids=["pass", "fail", "nothing ran"]
)
def test_the_suite_answers_with_its_exit_code(tree, code, expected):
    assert tree.run("test", REACHABLE=ALL_THERE, PYTEST=code).returncode == expected


def test_check_reports_every_step_and_fails_on_one(tree):
    assert "FAIL" not in tree.run("check").stdout
    done = tree.run("check", UNTYPED="1")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line for line in lines if line.startswith("FAIL")] == ["FAIL  mypy"]
    assert sum(line.startswith("ok") for line in lines) == 6
    assert "      untyped.py:1: error" in lines
