"""导入: upload → check → correct or skip → import all kept rows or none → error sheet → undo."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_POST

from salesdept import clock
from salesdept.access import may_import
from salesdept.forms_imports import KindForm, RowForm, SkipForm, UploadForm, VersionForm, row_form
from salesdept.http import Request, done, keep, key_of
from salesdept.models import ImportBatch, ImportRow
from salesdept.queries.import_rows import error_sheet, row_cells
from salesdept.queries.imports import Preview, batches
from salesdept.services import imports as services
from salesdept.sheets.kinds import ImportKind, kind_named
from salesdept.sheets.limits import WEB
from salesdept.sheets.writer import XLSX, template, write_xlsx
from salesdept.shell import current_project
from salesdept.slots import IMPORT_KINDS

LIST, DETAIL, ROW = "imports/list.html", "imports/detail.html", "imports/row.html"
_LONGEST = 9


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0


def _batch(request: Request, pk: int) -> tuple[ImportBatch, ImportKind]:
    """A batch the person may know of, and its kind; 404 otherwise."""
    rows = ImportBatch.objects.visible_to(request.user).select_related("created_by", "project")
    batch = get_object_or_404(rows, pk=pk)
    if kind := kind_named(batch.kind):
        return batch, kind
    raise Http404


def _preview(request: HttpRequest, batch: ImportBatch, focus: int = 0) -> Preview:
    """The part of the batch on screen: filter and page come with the address or the form."""
    asked = request.POST if request.method == "POST" else request.GET
    return Preview(
        batch,
        clock.now(),
        show=asked.get("show", ""),
        problem=asked.get("at", "")[:24].replace("\0", ""),
        after=_number(asked.get("after")),
        focus=focus,
    )


def _context(preview: Preview) -> dict[str, Any]:
    return {"page": preview, "batch": preview.batch, "heading": preview.title}


def _keep_page(request: Request, batch: ImportBatch, kind: ImportKind) -> None:
    """A refusal shows the same filter and page again, read only then."""
    page = SimpleLazyObject(lambda: _preview(request, batch))
    keep(request, DETAIL, {"page": page, "batch": batch, "heading": f"导入{kind.label}"})


def _back(request: Request, pk: int, words: str, focus: int = 0) -> HttpResponse:
    """After a verb: the same filter and page again, as a page or as its working part."""
    batch, _ = _batch(request, pk)
    preview = _preview(request, batch, focus)
    if request.htmx:
        return render(request, "imports/after.html", {**_context(preview), "toast": words})
    messages.success(request, words)
    return redirect(f"{reverse('import_detail', args=[pk])}{preview.here}")


def _list_context(request: Request) -> dict[str, Any]:
    lines, older = batches(
        request.user, current_project(request), clock.now(), _number(request.GET.get("before"))
    )
    return {"batches": lines, "older": older, "kinds": list(IMPORT_KINDS), "heading": "导入"}


@require_GET
def import_list(request: Request) -> HttpResponse:
    """Upload form, templates and what was uploaded before."""
    may_import(request.user).or_raise()
    return render(request, LIST, {**_list_context(request), "form": UploadForm()})


@contextmanager
def stored(upload: "UploadedFile[bytes]") -> Iterator[Path]:
    """The upload as a file of its own, gone afterwards; only its rows are kept."""
    with NamedTemporaryFile(suffix=PurePath(upload.name or "").suffix[:8]) as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)


@require_POST
def import_upload(request: Request) -> HttpResponse:
    may_import(request.user).or_raise()
    form = UploadForm(request.POST, request.FILES)
    context = {**_list_context(request), "form": form}
    project = current_project(request)
    if not form.is_valid() or project is None:
        return render(request, LIST, context, status=422)
    keep(request, LIST, context)
    data = form.cleaned_data
    with stored(data["file"]) as path:
        batch = services.upload_sheet(
            actor=request.user,
            kind=data["kind"],
            project=project,
            path=path,
            file_name=data["file"].name,
            again=data["again"],
            now=clock.now(),
            limits=WEB,
        )
    return done(request, reverse("import_detail", args=[batch.pk]))


@require_GET
def import_template(request: Request, name: str) -> HttpResponse:
    may_import(request.user).or_raise()
    if not (kind := kind_named(name)):
        raise Http404
    return _download(template(kind), f"{kind.label}模板.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)  # type: ignore[return-value]


@require_GET
def import_detail(request: Request, pk: int) -> HttpResponse:
    batch, _ = _batch(request, pk)
    context = _context(_preview(request, batch))
    return render(request, "imports/detail.html#work" if request.htmx else DETAIL, context)


@require_GET
def import_row(request: Request, pk: int, row_no: int) -> HttpResponse:
    """The form of one line: a page, or a dialog for htmx."""
    batch, kind = _batch(request, pk)
    row = get_object_or_404(ImportRow, batch=batch, row_no=row_no)
    cells, faults, hidden = row_cells(batch, kind, row)
    form = row_form(kind, cells, faults, hidden, row.version)
    return render(request, _row_template(request), _row_context(request, batch, row, form))


def _row_template(request: Request) -> str:
    return f"{ROW}#dialog" if request.htmx else ROW


def _row_context(request: HttpRequest, batch: ImportBatch, row: ImportRow, form: RowForm) -> dict[str, Any]:
    return {**_context(_preview(request, batch)), "row": row, "form": form}


@require_POST
def import_row_fix(request: Request, pk: int, row_no: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    row = get_object_or_404(ImportRow, batch=batch, row_no=row_no)
    form = RowForm(kind, row_cells(batch, kind, row)[2], request.POST)
    context = _row_context(request, batch, row, form)
    if not form.is_valid():
        response = render(request, _row_template(request), context, status=422)
        response["HX-Retarget"], response["HX-Reswap"] = "#modal", "innerHTML"
        return response
    keep(request, ROW, context)
    fixed = services.fix_row(
        actor=request.user,
        batch_id=pk,
        row_no=row_no,
        cells=form.cells(),
        version=form.cleaned_data["version"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _back(request, pk, f"第 {row_no} 行：{fixed.get_state_display()}", row_no)


@require_POST
def import_row_skip(request: Request, pk: int, row_no: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    get_object_or_404(ImportRow, batch=batch, row_no=row_no)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return HttpResponse("表单不完整", status=422)
    _keep_page(request, batch, kind)
    row = services.skip_row(
        actor=request.user,
        batch_id=pk,
        row_no=row_no,
        skip=form.cleaned_data["skip"],
        version=form.cleaned_data["version"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _back(request, pk, f"第 {row_no} 行：{row.get_state_display()}", row_no)


@require_POST
def import_skip_kind(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    form = KindForm(request.POST)
    if not form.is_valid():
        return HttpResponse("表单不完整", status=422)
    _keep_page(request, batch, kind)
    services.skip_kind(
        actor=request.user,
        batch_id=pk,
        problem=form.cleaned_data["problem"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _back(request, pk, "已设为跳过")


@require_POST
def import_accept(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    _keep_page(request, batch, kind)
    services.accept_shown(actor=request.user, batch_id=pk, now=clock.now(), idempotency_key=key_of(request))
    return _back(request, pk, "公式已按显示值采用")


@require_POST
def import_recheck(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    _keep_page(request, batch, kind)
    services.recheck(actor=request.user, batch_id=pk, now=clock.now(), idempotency_key=key_of(request))
    return _back(request, pk, "已重新检查")


@require_POST
def import_commit(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return HttpResponse("表单不完整", status=422)
    _keep_page(request, batch, kind)
    batch = services.commit_batch(
        actor=request.user,
        batch_id=pk,
        version=form.cleaned_data["version"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已导入 {batch.imported_count:,} {kind.noun}")
    return done(request, reverse("import_detail", args=[pk]))


@require_POST
def import_undo(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    _keep_page(request, batch, kind)
    batch = services.undo_batch(
        actor=request.user, batch_id=pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, f"已撤销，收回 {batch.imported_count:,} {kind.noun}")
    return done(request, reverse("import_detail", args=[pk]))


@require_POST
def import_discard(request: Request, pk: int) -> HttpResponse:
    batch, kind = _batch(request, pk)
    _keep_page(request, batch, kind)
    services.discard_batch(actor=request.user, batch_id=pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已放弃这份表，一行也没有导入")
    return done(request, reverse("imports"))


@require_POST
def import_errors(request: Request, pk: int) -> HttpResponse:
    """The rows that were not imported, as they came, with the reason beside them."""
    batch, kind = _batch(request, pk)
    services.note_export(actor=request.user, batch=batch, now=clock.now())
    headers, rows = error_sheet(batch, kind)
    return _download(write_xlsx(headers, rows, flagged="错误"), f"错误行-第{batch.pk}批.xlsx")
