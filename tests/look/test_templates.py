"""Guards over every template, style sheet and script of the house."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")], key=lambda path: str(path)
)
OURS = [
    p
    for p in sorted(ROOT.glob("static/**/*"))
    if p.suffix in (".css", ".js", ".svg") and "vendor" not in p.parts
]
NAMESPACE = "http://www.w3.org/2000/svg"

FORBIDDEN = {
    "inline style": r"\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script\b(?![^>]*\bsrc=)|<script\b[^>]*>\s*[^\s<]",
    "event handler": r"\son[a-z]+\s*=",
    "htmx code": r"\shx-on\b|\shx-vars\b|\bjs:",
    "outside address": r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[\w-]+\.[\w.-]+",
    "unescaped output": r"\|\s*safe\b|\bautoescape\s+off\b",
    "number of the regulation": r"(?<![\w{%#-])\d+(?:\.\d+)?\s*(?:天|分钟|小时|%(?!\})|元)",
}


def text_of(path):
    return path.read_text(encoding="utf-8")


@cache
def symbols():
    return set(re.findall(r'<symbol id="i-([\w-]+)"', text_of(ROOT / "static" / "icons.svg")))


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("pattern", FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_keeps_to_the_strict_policy(path, pattern):
    assert re.findall(pattern, text_of(path)) == []


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("inline style", '<p style="color:red">'),
        ("style element", "<style>p{}</style>"),
        ("inline script", "<script>go()</script>"),
        ("inline script", '<script src="/a.js">go()</script>'),
        ("event handler", '<a onclick="go()">'),
        ("htmx code", "<a hx-on:click='go()'>"),
        ("outside address", '<img src="//cdn.example.com/a.png">'),
        ("outside address", "https://example.com"),
        ("unescaped output", "{{ name|safe }}"),
        ("number of the regulation", "签约期限 5 天"),
        ("number of the regulation", "罚 50 元"),
    ],
)
def test_the_guard_sees_what_it_forbids(name, sample):
    assert re.search(FORBIDDEN[name], sample)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_posting_form_carries_its_token(path):
    forms = re.findall(r"<form\b[^>]*(?:method=\"post\"|hx-post)[^>]*>.*?</form>", text_of(path), re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_is_in_the_sprite(path):
    assert [name for name in re.findall(r'{% icon "([\w-]+)"', text_of(path)) if name not in symbols()] == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_own_files_ask_nobody_outside(path):
    text = text_of(path).replace(NAMESPACE, "")
    assert re.findall(r"https?://|url\((?!\s*['\"]?(?:#|static:))|@import", text) == []


def test_the_script_is_small_and_evaluates_nothing():
    script = text_of(ROOT / "static" / "js" / "app.js")
    assert len(script.encode()) <= 12 * 1024
    assert re.findall(r"\beval\b|new Function|innerHTML|insertAdjacentHTML|\.style\b", script) == []


def test_own_css_and_js_stay_within_the_budget():
    assert sum(path.stat().st_size for path in OURS if path.suffix in (".css", ".js")) <= 120 * 1024


def test_both_dark_blocks_say_the_same():
    text = text_of(ROOT / "static" / "tokens.css")
    by_system = re.search(r":root:not\(\[data-theme=\"light\"\]\) \{(.*?)\n  \}", text, re.DOTALL)[1]
    by_hand = re.search(r":root\[data-theme=\"dark\"\] \{(.*?)\n\}", text, re.DOTALL)[1]
    tokens = [dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block)) for block in (by_system, by_hand)]
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) > 60


def test_what_is_not_ours_is_listed_with_its_licence():
    listed = text_of(ROOT / "static" / "vendor" / "README.md")
    folders = [path.name for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir()]
    assert [name for name in folders if f"{name}/" not in listed] == []
