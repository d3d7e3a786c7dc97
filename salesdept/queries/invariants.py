"""Recounts of the kernel for check_invariants."""

from collections.abc import Iterator

from salesdept.models import User
from salesdept.rules import GROUPS, Role


def groups_follow_roles() -> Iterator[str]:
    """Every user is in exactly the one group of the role (S167)."""
    for user in User.objects.prefetch_related("groups").order_by("pk").iterator(chunk_size=500):
        names = sorted(group.name for group in user.groups.all())
        if names != [GROUPS[Role(user.role)]]:
            held = "、".join(names) or "无"
            yield f"{user.username} 的角色是{Role(user.role).label}，所在组：{held}"


def no_active_superuser() -> Iterator[str]:
    """Nobody passes beside the rules."""
    for user in User.objects.filter(is_active=True, is_superuser=True).order_by("pk"):
        yield f"{user.username} 是启用的超级用户"
