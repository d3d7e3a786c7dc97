"""Forms of the import wizard; the services ask everything again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from salesdept.sheets.kinds import Fault, ImportKind
from salesdept.sheets.limits import LIMITS
from salesdept.slots import IMPORT_KINDS

PREFIX = "c"


class UploadForm(forms.Form):
    """Which kind of sheet, and the file."""

    kind = forms.ChoiceField(
        label="表格",
        widget=forms.RadioSelect,
        error_messages={"required": "请选是哪种表格", "invalid_choice": "没有这种表格"},
    )
    file = forms.FileField(
        label="文件",
        max_length=200,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请选一个文件", "max_length": "文件名过长", "invalid": "请选一个文件"},
    )
    again = forms.BooleanField(label="这份文件撤销过，再导一次", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.name, kind.label) for kind in IMPORT_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["kind"].initial = kinds[0][0] if kinds else None


class RowForm(forms.Form):
    """One line, a text field a column. Sealed or masked cells that are fine stay out of it."""

    version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, error_messages={"required": "缺版本号"}
    )

    def __init__(self, kind: ImportKind, hidden: Sequence[str], data: Mapping[str, Any]) -> None:
        super().__init__(data, prefix=PREFIX)
        for column in kind.columns:
            if column.key not in hidden:
                self.fields[column.key] = forms.CharField(
                    label=column.label,
                    required=False,
                    max_length=LIMITS.cell,
                    error_messages={"max_length": f"最多 {LIMITS.cell} 个字"},
                )

    def cells(self) -> dict[str, str]:
        """The texts sent; columns that were not sent keep theirs."""
        sent = {key: value for key, value in self.cleaned_data.items() if key != "version"}
        return {key: value for key, value in sent.items() if f"{PREFIX}-{key}" in self.data}


def row_form(
    kind: ImportKind, cells: Mapping[str, str], faults: Sequence[Fault], hidden: Sequence[str], version: int
) -> RowForm:
    """The form as it is first shown: the cells as they are, each fault beside its cell."""
    data = {f"{PREFIX}-{key}": text for key, text in cells.items()} | {f"{PREFIX}-version": str(version)}
    form = RowForm(kind, hidden, data)
    form.is_valid()
    first = next((fault.column for fault in faults if fault.column in form.fields), None)
    if first:
        form.fields[first].widget.attrs["autofocus"] = True
    for fault in faults:
        form.add_error(fault.column if fault.column in form.fields else None, fault.message)
    return form


class SkipForm(forms.Form):
    """跳过 or take back one row."""

    skip = forms.TypedChoiceField(choices=[("1", "跳过"), ("0", "取回")], coerce=lambda value: value == "1")
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class KindForm(forms.Form):
    """A kind of problem; empty means every row with an error."""

    problem = forms.CharField(max_length=24, required=False)


class VersionForm(forms.Form):
    """The batch as the person saw it."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
