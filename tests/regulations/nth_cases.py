"""The regulation's verbs for tests/test_nth_statement.py."""

from regulations import services
from regulations.rules import Unit, term, topic
from regulations.slots import TOPICS
from tests.salesdept.nth_cases import fresh

CASES = {}


@topic("test.nth", "测试主题", "regulations")
class NthTerms:
    minutes: int = term(10, label="分钟数", clause="拟:sys.terms", unit=Unit.MINUTES, low=5, high=60)


def case(verb, variant=""):
    """Enter a case under the verb's dotted name; a second one of a verb says what is other about it."""

    def enter(make):
        name = f"{verb.__module__}.{verb.__name__}"
        CASES[f"{name}: {variant}" if variant else name] = make
        return make

    return enter


def with_topic(get):
    get("monkeypatch").setattr(TOPICS, "_fillers", [*TOPICS, NthTerms])


def drafted(get, now, actor="manager"):
    """A draft that waits for its second person."""
    with_topic(get)
    get("director"), get("rep")
    return services.draft_terms(
        actor=get(actor),
        topic_name="test.nth",
        values={"minutes": 20},
        effective_from=now.date(),
        reason="改一改",
        now=now,
        project=get("project"),
    )


@case(services.ask)
def _(get, now):
    rep, director = get("rep"), get("director")
    return lambda: services.ask(
        actor=fresh(rep),
        kind="regulations.terms",
        subject=director,
        title="请批准",
        reason="有理由",
        now=now,
        idempotency_key="k",
    )


@case(services.answer)
def _(get, now):
    version, director = drafted(get, now), get("director")
    return lambda: services.answer(
        actor=fresh(director),
        request_id=version.request_id,
        approve=True,
        now=now,
        answer="同意",
        idempotency_key="k",
    )


@case(services.answer, "refused")
def _(get, now):
    version, director = drafted(get, now), get("director")
    return lambda: services.answer(
        actor=fresh(director),
        request_id=version.request_id,
        approve=False,
        now=now,
        answer="先等周末数据",
        idempotency_key="k",
    )


@case(services.withdraw)
def _(get, now):
    version, manager = drafted(get, now), get("manager")
    return lambda: services.withdraw(
        actor=fresh(manager), request_id=version.request_id, now=now, idempotency_key="k"
    )


@case(services.draft_terms)
def _(get, now):
    with_topic(get)
    manager, project = get("manager"), get("project")
    get("director")
    return lambda: services.draft_terms(
        actor=fresh(manager),
        topic_name="test.nth",
        values={"minutes": 20},
        effective_from=now.date(),
        reason="改一改",
        now=now,
        project=project,
        idempotency_key="k",
    )


@case(services.acknowledge)
def _(get, now):
    version, rep = drafted(get, now), get("rep")
    services.answer(actor=get("director"), request_id=version.request_id, approve=True, now=now)
    return lambda: services.acknowledge(actor=fresh(rep), version_id=version.pk, now=now, idempotency_key="k")


@case(services.answer_opening)
def _(get, now):
    with_topic(get)
    manager, project = get("manager"), get("project")
    get("director")
    return lambda: services.answer_opening(
        actor=fresh(manager),
        project_id=project.pk,
        answers={"test.nth": {"minutes": 30}},
        now=now,
        idempotency_key="k",
    )


@case(services.skip_opening)
def _(get, now):
    manager, project = get("manager"), get("project")
    return lambda: services.skip_opening(
        actor=fresh(manager), project_id=project.pk, now=now, idempotency_key="k"
    )
