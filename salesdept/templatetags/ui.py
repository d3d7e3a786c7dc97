"""The design's small parts as tags and filters. A builtin library: no `{% load %}` needed.

Tags draw (`icon`, `clause`, `field`, `verdict_button` …), filters format (see `salesdept.formats`).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Protocol

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from salesdept import clock, formats
from salesdept.http import new_key
from salesdept.verdict import Verdict

register = template.Library()

GRADES = {"A": "重点", "B": "潜在", "C": "一般"}
_URGENCY_CLASS = {"bad": " t-bad", "warn": " t-warn", "": ""}


class Cited(Protocol):
    """What `cite(key)` answers: the words of a clause key and where to read it."""

    label: str
    is_regulation: bool
    url: str
    quote: str


# --- filters --------------------------------------------------------------------------------------

for _function in (
    formats.money,
    formats.amount,
    formats.wan,
    formats.area,
    formats.unit_price,
    formats.pct,
    formats.phone_mask,
    formats.idno_mask,
    formats.long_date,
    formats.count,
):
    register.filter(_function.__name__, _function)


@register.filter
def cn_date(value: date | datetime | None, today: date | None = None) -> str:
    return formats.cn_date(value, today or clock.business_date(clock.now()))


@register.filter
def cn_time(value: datetime | None, now: datetime | None = None) -> str:
    return formats.cn_time(value, now or clock.now())


@register.filter
def left(until: datetime | None, now: datetime | None = None) -> str:
    return formats.left(until, now or clock.now())


@register.filter
def initial(name: object) -> str:
    """The one character an avatar shows."""
    return str(name).strip()[:1]


# --- small marks ----------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite. `size` is `s` or `l`; with `label` it speaks, else it is silent."""
    href, css = f"{static('icons.svg')}#i-{name}", f"icon icon--{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def grade(letter: str) -> SafeString:
    """The A/B/C mark of a customer; nothing for an unknown letter."""
    if letter not in GRADES:
        return SafeString("")
    return format_html(
        '<span class="grade grade--{}" title="{} {}"><span class="sr-only">等级 </span>{}</span>',
        letter.lower(),
        letter,
        GRADES[letter],
        letter,
    )


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    css = f"avatar avatar--{size}" if size else "avatar"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initial(name))


@register.simple_tag
def countdown(until: datetime | None, now: datetime | None = None) -> SafeString:
    """剩 … / 逾期 … that the page keeps current each minute; amber within a day, red after it."""
    moment = now or clock.now()
    if until is None:
        return SafeString(formats.NONE)
    return format_html(
        '<time class="num{}" datetime="{}" data-until="{}">{}</time>',
        SafeString(_URGENCY_CLASS[formats.urgency(until, moment)]),
        until.isoformat(timespec="seconds"),
        int(until.timestamp()),
        formats.left(until, moment),
    )


@register.simple_tag
def clause(key: str, link: bool = True) -> SafeString:
    """The citation of a clause key: `§ …` for the regulation, dashed `拟 …` for company additions."""
    if not key:
        return SafeString("")
    cited: Cited = import_string("regulations.clauses.cite")(key)
    css = "clause" if cited.is_regulation else "clause clause--draft"
    if link and cited.url:
        return format_html(
            '<a class="{}" href="{}" title="{}">{}</a>', css, cited.url, cited.quote, cited.label
        )
    return format_html('<span class="{}" title="{}">{}</span>', css, cited.quote, cited.label)


# --- forms ----------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def form_key(context: Context) -> SafeString:
    """The hidden idempotency key; a fresh one unless the view (or a refusal) set `form_key`."""
    return format_html('<input type="hidden" name="key" value="{}">', context.get("form_key") or new_key())


def _kind(widget: forms.Widget) -> str:
    """Which markup of the design a widget gets."""
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choice"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.Select):
        return "select"
    return "input"


@register.simple_tag
def field(
    bound: BoundField,
    *,
    label: str = "",
    hint: str = "",
    unit: str = "",
    optional: bool = False,
    seg: bool = False,
    size: str = "",
    num: bool = False,
    full: bool = False,
    reveal: bool = False,
    mark: bool = True,
    before: str = "",
    after: str = "",
    **attrs: str | bool,
) -> SafeString:
    """A form field in the design's markup. Further keywords become attributes of the input: `hx_get=url`."""
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_hidden()
    kind, hint_words = _kind(widget), hint or str(bound.help_text)
    html_attrs: dict[str, str | bool] = {
        name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()
    }
    described = [f"{bound.auto_id}_helptext"] * bool(hint_words) + [f"{bound.auto_id}_error"] * bool(
        bound.errors
    )
    if described:
        html_attrs["aria-describedby"] = " ".join(described)
    html_attrs["class"] = _classes(kind, widget, size=size, num=num)
    context = {
        "bound": bound,
        "kind": kind,
        "label": label or bound.label,
        "hint": hint_words,
        "unit": unit,
        "required": mark and bound.field.required and not optional,
        "optional": optional,
        "seg": seg,
        "full": full,
        "reveal": reveal,
        "before": before,
        "after": after,
        "described": " ".join(described),
        "widget": "" if kind == "choice" else bound.as_widget(attrs=html_attrs),
    }
    return render_to_string("partials/field.html", context)


def _classes(kind: str, widget: forms.Widget, *, size: str, num: bool) -> str:
    own = str(widget.attrs.get("class", ""))
    base = "" if kind in ("check", "choice") else kind
    more = [f"input--{size}" if size else "", "input--num" if num else ""]
    return " ".join(part for part in (base, *more, own) if part)


@register.inclusion_tag("partials/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """The summary above a form: links to the fields, and what concerns the whole form."""
    shown = [(bound, bound.errors[0]) for bound in form if bound.errors and not bound.is_hidden]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"form": form, "shown": shown, "whole": [*form.non_field_errors(), *hidden]}


@register.inclusion_tag("partials/verdict_button.html")
def verdict_button(
    verdict: Verdict,
    label: str,
    *,
    icon: str = "",
    kind: str = "primary",
    size: str = "",
    block: bool = False,
    name: str = "",
    value: str = "",
    key: str = "",
) -> dict[str, Any]:
    """A submit button; when the verdict is a no, a dead one with its reason, clause and way out beside it."""
    css = ["button", f"button--{kind}" if kind else "", f"button--{size}" if size else ""]
    css.append("button--block" if block else "")
    return {
        "verdict": verdict,
        "label": label,
        "icon": icon,
        "css": " ".join(part for part in css if part),
        "name": name,
        "value": value,
        "key": key,
        "reason_id": f"why-{re.sub(r'[^0-9a-z]+', '-', new_key()[:8])}",
    }


@register.inclusion_tag("partials/empty.html")
def empty_state(
    title: str,
    text: str = "",
    *,
    url: str = "",
    action: str = "",
    icon: str = "",
    level: int = 3,
) -> dict[str, Any]:
    """Nothing here: what it means, and one thing to do. (`empty` is a word of `{% for %}`.)"""
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon, "level": level}


@register.simple_tag(takes_context=True)
def home_card(context: Context, card: dict[str, Any]) -> SafeString:
    """One card of 今日 (see `slots.home_cards`): its template with its own data, and the request."""
    return render_to_string(card["template"], card["data"], request=context.get("request"))
