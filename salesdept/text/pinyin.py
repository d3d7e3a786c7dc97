"""Tone-free pinyin of names for sorting and search: keys hold only `[a-z0-9]`, alike on both engines."""

import re
from functools import lru_cache

from salesdept.text.clean import tidy

# Surnames that dictionaries read by their everyday sound.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "盖": "ge", "区": "ou", "朴": "piao", "查": "zha",
    "解": "xie", "尉": "wei", "任": "ren", "华": "hua", "翟": "zhai", "员": "yun", "冼": "xian",
    "缪": "miao", "乐": "yue", "覃": "qin", "谌": "chen", "逄": "pang", "种": "chong", "繁": "po",
    "纪": "ji", "钭": "tou", "褚": "chu", "逯": "lu", "郇": "xun", "车": "che", "曲": "qu",
    "牟": "mu", "黑": "he", "应": "ying", "晟": "cheng", "瞿": "qu", "句": "gou", "过": "guo",
    "阚": "kan", "佴": "nai", "祭": "zhai", "仉": "zhang", "盛": "sheng", "葛": "ge", "折": "she",
    "召": "shao", "秘": "bi", "隗": "wei", "宓": "mi", "沈": "shen", "俞": "yu", "哈": "ha",
    "万": "wan", "石": "shi", "那": "na", "柏": "bai", "臧": "zang", "幺": "yao", "卜": "bu",
    "尹": "yin", "贾": "jia", "费": "fei", "眭": "sui", "洗": "xian", "适": "kuo", "訾": "zi",
    "亓": "qi",
}  # fmt: skip
_DOUBLE = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "单于": ("chan", "yu"), "长孙": ("zhang", "sun"),
    "令狐": ("ling", "hu"), "澹台": ("tan", "tai"), "宰父": ("zai", "fu"), "鲜于": ("xian", "yu"),
    "尉犁": ("yu", "li"), "皇甫": ("huang", "fu"), "夏侯": ("xia", "hou"), "呼延": ("hu", "yan"),
    "欧阳": ("ou", "yang"), "上官": ("shang", "guan"), "司马": ("si", "ma"), "诸葛": ("zhu", "ge"),
    "独孤": ("du", "gu"), "南宫": ("nan", "gong"), "慕容": ("mu", "rong"), "宇文": ("yu", "wen"),
}  # fmt: skip
_OTHER = re.compile(r"[^a-z0-9]+")


def _read(text: str) -> list[str]:
    """Syllables of Chinese runs and pieces of everything else."""
    if not text:
        return []
    # The dictionary costs 50 MB and a third of a second: only processes that read names load it.
    from pypinyin import Style, lazy_pinyin

    return [str(part) for part in lazy_pinyin(text, style=Style.NORMAL, errors="default")]


@lru_cache(maxsize=20_000)
def _syllables(name: str) -> tuple[str, ...]:
    text = tidy(name)
    if double := _DOUBLE.get(text[:2]):
        parts = [*double, *_read(text[2:])]
    elif single := _SURNAMES.get(text[:1]):
        parts = [single, *_read(text[1:])]
    else:
        parts = _read(text)
    words = [word for part in parts for word in _OTHER.split(part.lower())]
    return tuple(word for word in words if word)


def pinyin_of(name: str) -> str:
    """林知远 → linzhiyuan; Latin letters in lower case, digits as they are, the rest dropped."""
    return "".join(_syllables(name))


def initials_of(name: str) -> str:
    """林知远 → lzy; one letter a syllable or word, whole digits."""
    return "".join(part if part.isdigit() else part[0] for part in _syllables(name))


def search_key(text: str) -> str:
    """What a user types for a prefix search over these keys: lower case `[a-z0-9]` only."""
    return _OTHER.sub("", tidy(text).lower())
