"""Forms generated from the dataclasses of terms. Friendly only: the service checks again."""

from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import date, time
from decimal import Decimal
from typing import Any, get_origin

from django import forms

from regulations.rules import Unit, shown
from salesdept.models import Project

_WIDE = 40  # longest text that still fits half a row


def term_field(definition: "Field[Any]", current: Any) -> forms.Field:
    """The form field of one term, with its bounds, choices and current value."""
    meta: Mapping[str, Any] = definition.metadata
    common: dict[str, Any] = {"label": meta["label"], "initial": current, "help_text": _hint(definition)}
    if meta["choices"]:
        choices = list(meta["choices"].items())
        if get_origin(definition.type) is tuple:
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=choices, required=False, widget=widget, **common)
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    kind = definition.type
    if kind is bool:
        return forms.BooleanField(required=False, **common)
    if kind is int:
        return forms.IntegerField(min_value=meta["low"], max_value=meta["high"], **common)
    if kind is Decimal:
        return _decimal(meta, common)
    return _other(kind, common)


def _decimal(meta: Mapping[str, Any], common: dict[str, Any]) -> forms.Field:
    places = 2 if meta["unit"] in (Unit.YUAN, Unit.PERCENT) else 6
    return forms.DecimalField(
        min_value=meta["low"], max_value=meta["high"], decimal_places=places, max_digits=16, **common
    )


def _other(kind: Any, common: dict[str, Any]) -> forms.Field:
    if kind is date:
        return forms.DateField(widget=_Day(), **common)
    if kind is time:
        return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **common)
    if get_origin(kind) is tuple:
        return RowsField(**common)
    return forms.CharField(max_length=200, **common)


def _hint(definition: "Field[Any]") -> str:
    """The term's note, and its bounds where it has any."""
    meta = definition.metadata
    low, high = meta["low"], meta["high"]
    bounds = ""
    if not meta["choices"] and low is not None and high is not None:
        bounds = f"{shown(definition, low)} 至 {shown(definition, high)}"
    must = "、".join(str(meta["choices"][name]) for name in meta["must"])
    return "；".join(part for part in (meta["note"], bounds, f"不能没有 {must}" if must else "") if part)


class _Day(forms.DateInput):
    """A native date picker."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class RowsField(forms.CharField):
    """A tuple as text: one element a line, the parts of an element separated by commas."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, tuple | list):
            return value
        return "\n".join(
            ", ".join(map(str, row)) if isinstance(row, tuple | list) else str(row) for row in value
        )

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").replace("，", ",").splitlines() if line.strip()]
        rows = [[part.strip() for part in line.split(",")] for line in lines]
        return [row[0] if len(row) == 1 else row for row in rows]


class TermsForm(forms.Form):
    """The terms of one topic, the day they begin, their scope and the reason."""

    effective_from = forms.DateField(
        label="生效日期", widget=_Day(), help_text="从这一天起的事按新参数办，不追溯"
    )
    scope = forms.ChoiceField(label="适用范围", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="变更理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    )

    def __init__(self, *args: Any, terms: Any, project: Project | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.project = type(terms), project
        for definition in fields(terms):
            self.fields[f"t_{definition.name}"] = term_field(definition, getattr(terms, definition.name))
        own = [("project", project.name)] if project else []
        self.fields["scope"].choices = [("company", "公司"), *own]  # type: ignore[attr-defined]
        self.fields["scope"].initial = "company"

    def lines(self) -> list[tuple[forms.BoundField, str, str, str]]:
        """Each term's field with its unit, clause and name."""
        return [
            (self[f"t_{d.name}"], str(Unit(d.metadata["unit"]).label), d.metadata["clause"], d.name)
            for d in fields(self.kind)
        ]

    @property
    def values(self) -> dict[str, Any]:
        """Field name → value, as the service takes it."""
        return {
            name.removeprefix("t_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("t_")
        }

    @property
    def chosen_project(self) -> Project | None:
        return self.project if self.cleaned_data["scope"] == "project" else None


class AnswerForm(forms.Form):
    """A word with an approval (optional) or a rejection (the service asks for it)."""

    answer = forms.CharField(
        label="审批意见", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class OpeningForm(forms.Form):
    """The ten questions on one page: one field each, plus those that go with it (the commission table)."""

    def __init__(self, *args: Any, asked: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in asked:
            for part in question.parts:
                self.fields[part.key] = term_field(part.definition, part.current)

    def answers(self, asked: list[Any]) -> dict[str, dict[str, Any]]:
        """Topic → field → value, as the service takes it."""
        found: dict[str, dict[str, Any]] = {}
        for question in asked:
            for part in question.parts:
                found.setdefault(part.topic, {})[part.field] = self.cleaned_data[part.key]
        return found
