"""Tags of the design: what they draw."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template

from salesdept.errors import RuleError
from salesdept.verdict import ALLOWED, Verdict


def draw(source, **context):
    return Template(source).render(Context(context)).strip()


class Visit(forms.Form):
    name = forms.CharField(label="称呼", help_text="例：王女士")
    phone = forms.CharField(label="手机号", required=False)
    grade = forms.ChoiceField(
        label="等级", choices=[("A", "A 重点"), ("B", "B 潜在")], widget=forms.RadioSelect
    )
    source = forms.ChoiceField(label="途径", choices=[("1", "自然来访")])
    told = forms.BooleanField(label="已告知信息用途")
    note = forms.CharField(label="备注", widget=forms.Textarea, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def test_an_icon_is_silent_unless_it_has_a_label():
    assert (
        draw('{% icon "phone" %}')
        == '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#i-phone"/></svg>'
    )
    assert 'role="img" aria-label="急"' in draw('{% icon "alert" "s" label="急" %}')


def test_a_grade_names_itself_to_the_ear():
    assert draw('{% grade "B" %}').startswith('<span class="grade grade--b" title="B 潜在">')
    assert draw('{% grade "Z" %}') == ""


def test_a_name_is_escaped_in_an_avatar():
    assert draw("{% avatar name %}", name="<b>") == '<span class="avatar" aria-hidden="true">&lt;</span>'


def test_a_countdown_carries_its_deadline_for_the_script(now):
    html = draw("{% countdown until now %}", until=now + timedelta(hours=3), now=now)
    assert f'data-until="{int((now + timedelta(hours=3)).timestamp())}"' in html
    assert 'class="num t-warn"' in html
    assert ">剩 3 时</time>" in html


def test_a_clause_of_the_regulation_and_one_of_the_company_look_different():
    regulation, draft = draw('{% clause "S54" %}'), draw('{% clause "拟:sc.lock.minutes" %}')
    assert 'class="clause"' in regulation
    assert ">§ " in regulation
    assert 'class="clause clause--draft"' in draft
    assert ">拟 " in draft


def test_an_empty_clause_draws_nothing():
    assert draw('{% clause "" %}') == ""


def test_a_form_key_is_fresh_unless_the_page_brings_one():
    first, second = draw("{% form_key %}"), draw("{% form_key %}")
    assert first != second
    assert draw("{% form_key %}", form_key="abc") == '<input type="hidden" name="key" value="abc">'


def test_a_field_has_label_mark_hint_and_its_class():
    html = draw("{% field form.name hx_get='/x/' %}", form=Visit())
    assert (
        '<label class="field__label" for="id_name">称呼 <span class="field__req">必填</span></label>' in html
    )
    assert 'hx-get="/x/"' in html
    assert 'class="input"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert '<div class="field__hint" id="id_name_helptext">例：王女士</div>' in html


def test_an_optional_field_has_no_mark():
    assert "field__req" not in draw("{% field form.phone %}", form=Visit())


def test_a_refused_field_points_to_its_errors():
    form = Visit({"name": ""})
    html = draw("{% field form.name %}", form=form)
    assert "is-error" in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<div id="id_name_error">' in html


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("grade", '<fieldset class="field"'),
        ("grade", '<label class="choice__item"><input type="radio"'),
        ("source", '<select name="source" class="select"'),
        ("told", '<label class="check" for="id_told"><input type="checkbox"'),
        ("note", '<textarea name="note" cols="40" rows="10" class="textarea"'),
        ("version", '<input type="hidden" name="version"'),
    ],
)
def test_each_widget_gets_the_markup_of_the_design(name, mark):
    assert mark in draw("{% field bound %}", bound=Visit()[name])


def test_form_errors_are_counted_and_linked():
    html = draw(
        "{% form_errors form %}", form=Visit({"name": "王", "grade": "A", "source": "1", "version": "1"})
    )
    assert "1 处需要修改" in html
    assert 'href="#id_told"' in html


def test_a_hidden_field_cannot_fail_in_silence():
    html = draw(
        "{% form_errors form %}", form=Visit({"name": "王", "grade": "A", "source": "1", "told": "on"})
    )
    assert "notice__title" in html


def test_a_good_form_has_no_summary():
    form = Visit({"name": "王", "grade": "A", "source": "1", "told": "on", "version": "1"})
    assert draw("{% form_errors form %}", form=form) == ""


def test_a_yes_is_a_button_that_submits():
    html = draw('{% verdict_button yes "认购" name="evidence" value="deposit" %}', yes=ALLOWED)
    assert html.startswith(
        '<button class="button button--primary" type="submit" name="evidence" value="deposit">'
    )


def test_a_no_is_a_dead_button_with_its_reason_clause_and_way_out():
    verdict = Verdict("销售代表不能放房", "S54", "请销售经理办理")
    html = draw('{% verdict_button no "放房" %}', no=verdict)
    assert 'type="button" aria-disabled="true"' in html
    assert "销售代表不能放房，请销售经理办理" in html
    assert 'class="clause"' in html


def test_an_empty_state_offers_one_thing_to_do():
    html = draw('{% empty_state "还没有客户" url="/customers/visits/new/" action="登记来访" icon="plus" %}')
    assert "<h3>还没有客户</h3>" in html
    assert 'href="/customers/visits/new/"' in html


def refusal(**context):
    from django.template.loader import render_to_string

    return render_to_string("partials/refusal.html", context)


def test_a_refusal_says_what_why_and_where_to_go():
    error = RuleError("taken", "2#-1603 刚被周沐阳认购", "S54", "看同户型可售", "/inventory/?type=A")
    html = refusal(refusal=error)
    assert "2#-1603 刚被周沐阳认购" in html
    assert '<a class="button button--primary" href="/inventory/?type=A">看同户型可售</a>' in html
    assert 'class="clause"' in html
    assert 'data-code="taken"' in html
    assert "没有任何改动" in html


def test_a_refusal_without_an_address_says_its_way_out_in_words():
    html = refusal(refusal=RuleError("closed", "本月已关账", way_out="请记入下月"))
    assert '<p class="text-2">请记入下月</p>' in html
    assert "<a " not in html


def test_a_refusal_is_escaped():
    assert "<script>" not in refusal(
        refusal=SimpleNamespace(code="x", message="<script>", clause="", way_out="", url="")
    )
