"""How much of a stranger's file is read, and the words for what is not."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from salesdept.errors import RuleError

CLAUSE = "拟:sys.import"
_RESAVE = "在 Excel 里打开，另存为「Excel 工作簿 (*.xlsx)」后再上传"
_SPLIT = "请拆成几份分别导入"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, seconds, counts. The child gets all of them but `wall`, which is the parent's."""

    bytes: int = 24 * 1024 * 1024  # below what the proxy lets through
    unzipped: int = 320 * 1024 * 1024
    memory: int = 900 * 1024 * 1024
    cpu: int = 60
    wall: int = 90
    members: int = 1000
    sheets: int = 12
    rows: int = 120_000
    height: int = 200_000
    columns: int = 120
    cells: int = 12_000_000
    cell: int = 500
    formulas: int = 300_000

    def for_child(self) -> dict[str, int]:
        return asdict(self)


LIMITS = Limits()
WEB = replace(LIMITS, rows=20_000)  # what one request can check and import; larger sheets go by command

# code → (message, way out)
WORDS: dict[str, tuple[str, str]] = {
    "file_empty": ("文件是空的，一个字节也没有", "确认导出成功后重新上传"),
    "file_too_big": ("文件超过 {limit} MB", _SPLIT),
    "file_encrypted": ("文件有打开密码，读不了", "在 Excel 里取消密码保护后再上传"),
    "file_old_excel": ("这是旧版 Excel 格式（.xls）", _RESAVE),
    "file_web_page": ("内容是网页或 XML，不是表格文件", _RESAVE),
    "file_not_a_table": ("文件里不是表格", "上传 .xlsx 或 .csv 文件"),
    "file_not_a_workbook": ("压缩包里没有 Excel 工作簿", _RESAVE),
    "file_has_macros": ("工作簿带宏（.xlsm），不接收", _RESAVE),
    "file_misnamed": ("文件名与内容不符：内容是{is_really}", "改成正确的扩展名后再上传"),
    "file_broken": ("文件已损坏，读到一半就断了", _RESAVE),
    "file_bomb": ("解压后大得不正常，像压缩炸弹", "把有内容的区域复制到新工作簿再上传"),
    "file_entities": ("文件里有不允许的 XML 声明", _RESAVE),
    "file_encoding": ("文字编码认不出", "另存为「CSV UTF-8」或 .xlsx 后再上传"),
    "file_too_hungry": ("读取所需内存超过上限", "把有内容的区域复制到新工作簿再上传"),
    "file_too_slow": ("读取超过时限，已停止", "把有内容的区域复制到新工作簿再上传"),
    "file_unreadable": ("读取程序没能读完这份文件", _RESAVE),
    "sheet_too_wide": (
        "表格声明的范围过大（{rows} 行 × {columns} 列）",
        "把有内容的区域复制到新工作簿再上传",
    ),
    "sheet_too_tall": ("第 {rows} 行还有内容，超出可读范围", "删去末尾的空行或多余格式，或" + _SPLIT),
    "too_many_rows": ("超过 {limit} 行", _SPLIT + "，或请管理员用导入命令"),
    "too_many_formulas": ("公式太多", "全选后「选择性粘贴 → 数值」再上传"),
    "no_rows": ("表头下面没有数据", "确认上传的是填好的表"),
    "no_header": ("前 {rows} 行里没有找到表头", "表头要有：{wanted}；可先下载模板"),
    "missing_columns": ("缺少列：{missing}", "补上这些列，或把列名改成模板里的写法"),
    "duplicate_columns": ("「{label}」有两列：{where}", "只留一列，其余删去或改名"),
    "merged_header": ("表头的合并单元格读不清：{missing}", "取消表头的合并，每列写一个列名"),
}


def refusal(code: str, detail: dict[str, Any] | None = None) -> RuleError:
    """The user's words for why a file is not read."""
    message, way_out = WORDS[code]
    values = {k: f"{v:,}" if isinstance(v, int) else v for k, v in (detail or {}).items()}
    return RuleError(code, message.format(**values), CLAUSE, way_out.format(**values))
