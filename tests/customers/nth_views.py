"""The verbs of 我的视图 for tests/test_nth_statement.py."""

from customers import services
from tests.customers.nth_cases import KEY, case
from tests.salesdept.nth_cases import fresh


@case(services.save_view)
def _(get, now):
    rep = get("rep")
    services.save_view(actor=rep, name="旧", query="?tab=due", home=True, now=now)
    return lambda: services.save_view(actor=fresh(rep), name="新", query="?tab=a", home=True, now=now, **KEY)


@case(services.drop_view)
def _(get, now):
    rep = get("rep")
    view = services.save_view(actor=rep, name="旧", query="?tab=due", now=now)
    return lambda: services.drop_view(actor=fresh(rep), view_id=view.pk, now=now, **KEY)
