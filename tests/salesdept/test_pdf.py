"""The door to PDF: our own font, our own files, a foot and a watermark that name who printed it and when."""

import pytest
from django.template import engines

from salesdept import pdf
from salesdept.pdf import own_file, render_pdf
from tests.pdfs import pages_of

pytestmark = pytest.mark.django_db
PAGE = "pdf/base.html"


@pytest.fixture
def paper(monkeypatch, manager, now):
    """Make a PDF of some markup under the kernel's base page."""

    def make(markup):
        made = engines["django"].from_string(
            '{% extends "pdf/base.html" %}{% block content %}' + markup + "{% endblock %}"
        )
        monkeypatch.setattr(pdf, "render_to_string", lambda name, context: made.render(context))
        return render_pdf(PAGE, {"words": "慕容雪艳"}, by=manager, now=now)

    return make


def test_chinese_words_stand_in_the_file(paper):
    assert "慕容雪艳 ¥1,500,000.00" in pages_of(paper("<p>{{ words }} ¥1,500,000.00</p>"))[0]


def test_each_page_says_who_printed_it_and_when(paper):
    pages = pages_of(paper('<p>一</p><p style="break-before: page">二</p>'))
    assert len(pages) == 2
    for number, page in enumerate(pages, 1):
        assert "打印时间 2026-11-23 10:00 · 打印人 郑怀信" in page
        assert "郑怀信 2026-11-23 10:00" in page.splitlines()
        assert f"{number} / 2" in page


def test_the_same_paper_is_the_same_file(paper):
    assert paper("<p>{{ words }}</p>") == paper("<p>{{ words }}</p>")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.com/x.css",
        "file:///etc/passwd",
        "static:../manage.py",
        "static:/etc/passwd",
        "static:nothing.png",
        "data:text/css,p{color:red}",
        "/etc/passwd",
    ],
)
def test_only_files_of_static_are_opened(address):
    with pytest.raises(ValueError, match="own files"):
        own_file(address)


def test_control_our_own_font_is_opened():
    assert own_file("static:vendor/fonts/NotoSansSC-400.ttf").name == "NotoSansSC-400.ttf"


def test_a_paper_that_names_something_outside_reaches_nothing(paper, monkeypatch):
    """A network or a file of the machine that is asked for would raise here."""
    asked = []
    monkeypatch.setattr("socket.socket.connect", lambda self, address: asked.append(address))
    made = paper(
        '<link rel="stylesheet" href="http://10.0.0.1/a.css"><img src="http://10.0.0.1/b.png">'
        '<img src="file:///etc/passwd"><object data="file:///etc/passwd"></object><p>{{ words }}</p>'
    )
    assert asked == []
    assert "慕容雪艳" in pages_of(made)[0]
    assert b"/EmbeddedFile" not in made


def test_markup_in_words_stays_words(paper):
    assert "<b>粗</b>" in pages_of(paper("{% filter force_escape %}<b>粗</b>{% endfilter %}"))[0]
