"""客户自填: the notice a guest agrees to, and what counts as a signature. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from salesdept.errors import RuleError

NOTICE = (
    "我们收集您的称呼、电话与购房意向，只用于本项目的购房接待、回访与合同办理，由本项目销售部保管，"
    "不提供给无关的第三方。您可以随时向接待您的销售代表或销售部要求查阅、更正或删除。"
)
SIDE = 1000  # the signature's square: every point is 0 … SIDE
MOST_POINTS = 3000
FEWEST_POINTS = 8  # fewer is a tap, not a name

UNSIGNED = RuleError("unsigned", "请签名后再提交", "拟:own.self_fill", "用手指签名，或填写签名姓名")
UNREADABLE = RuleError("signature_unreadable", "签名没有传完整", "拟:own.self_fill", "清除后再签一次")
NO_CONSENT = RuleError(
    "consent_needed", "提交前请先同意个人信息告知", "拟:own.self_fill", "勾选同意，或请代表按「未留电」记"
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_strokes(text: str) -> list[list[list[int]]]:
    """Strokes from `[[[x, y], …], …]`. Empty text is no signature. Raises RuleError for anything else."""
    if not text.strip():
        return []
    try:
        raw = json.loads(text[:60_000])
        strokes = [[_point(point) for point in stroke] for stroke in raw]
    except (ValueError, TypeError, RecursionError) as error:
        raise UNREADABLE from error
    if sum(len(stroke) for stroke in strokes) > MOST_POINTS:
        raise UNREADABLE
    return [stroke for stroke in strokes if stroke]


def _point(raw: Any) -> list[int]:
    x, y = raw
    if isinstance(x, bool) or not isinstance(x, int) or not isinstance(y, int):
        raise ValueError(raw)
    if not (0 <= x <= SIDE and 0 <= y <= SIDE):
        raise ValueError(raw)
    return [x, y]


def check_signed(strokes: Sequence[Sequence[Sequence[int]]], signed_name: str) -> None:
    """A drawn name, or a typed one where nothing can be drawn. Raises RuleError `unsigned`."""
    if sum(len(stroke) for stroke in strokes) < FEWEST_POINTS and not signed_name.strip():
        raise UNSIGNED


def signature_of(said: Mapping[str, Any]) -> str:
    """The digest of what was signed: the fields, the notice, the strokes, the time."""
    return digest(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str))
