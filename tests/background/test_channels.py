"""Outside channels: at least once, under a key made before the first try, and never to a stranger's host."""

import base64
import hashlib
import hmac
import json
import time
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import override_settings

from salesdept import channels, clock
from salesdept.channels import DingTalk, Feishu, Robot, WeCom, robot_addresses_are_usable, robots
from salesdept.errors import constraint_name
from salesdept.models import Delivery, Notice
from salesdept.rules import Message
from salesdept.services import tick as ticking
from salesdept.services.reminders import notify
from salesdept.services.tick import tick
from salesdept.slots import REMINDER_KINDS, ReminderKind
from tests.background.sink import sink

pytestmark = pytest.mark.django_db

PATHS = {
    "wecom": "/cgi-bin/webhook/send?key=k-1",
    "dingtalk": "/robot/send?access_token=t-1",
    "feishu": "/open-apis/bot/v2/hook/h-1",
}
ANSWERS = {"wecom": {"errcode": 0}, "dingtalk": {"errcode": 0, "errmsg": "ok"}, "feishu": {"code": 0}}


@pytest.fixture
def office(settings):
    """A sink as the only allowed host, and a robot on it."""
    with sink() as there:
        settings.ROBOT_HOSTS = [there.origin]
        settings.ROBOT_SECRET = "SECret"

        def use(*names):
            settings.ROBOT_URLS = [there.origin + PATHS[name] for name in names]
            there.answer = (200, ANSWERS[names[0]], {})
            return there

        yield use


def alarm(*people, now, key="inventory.lock:7", **fields):
    notify([Message(p.pk, "2-1503 王女士的锁定将到期", key, urgent=True, **fields) for p in people], now)


@pytest.mark.parametrize("name", PATHS)
def test_an_alarm_reaches_the_group_once(office, rep, manager, now, name):
    there = office(name)
    alarm(rep, manager, now=now)
    assert tick(now=now).sent == 1
    assert tick(now=now + timedelta(minutes=5)).sent == 0
    assert len(there.got) == 1
    assert Delivery.objects.get().sent_at is not None


@pytest.mark.parametrize("name", PATHS)
def test_the_group_reads_no_personal_data(office, rep, now, name, monkeypatch):
    monkeypatch.setattr(REMINDER_KINDS, "_fillers", list(REMINDER_KINDS))
    REMINDER_KINDS.fill(ReminderKind("inventory.lock", "房源锁定将到期", lambda r, n: [], urgent=True))
    there = office(name)
    alarm(rep, now=now, body="13812345678")
    tick(now=now)
    text = json.dumps(there.got, ensure_ascii=False)
    assert "房源锁定将到期" in text
    assert Delivery.objects.get().dedupe_key[:8] in text
    assert not any(word in text for word in ("王女士", "13812345678", "林知远", "1503"))


def test_dingtalk_signs_in_the_query(office, rep, now):
    there = office("dingtalk")
    alarm(rep, now=now)
    tick(now=now)
    path, body = there.got[0]
    query = parse_qs(urlsplit(path).query)
    moment = query["timestamp"][0]
    expected = hmac.new(b"SECret", f"{moment}\nSECret".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"][0]) == expected
    assert abs(int(moment) / 1000 - time.time()) < 60, "milliseconds"
    assert query["access_token"] == ["t-1"]
    assert body["msgtype"] == "text"


def test_feishu_signs_in_the_body(office, rep, now):
    there = office("feishu")
    alarm(rep, now=now)
    tick(now=now)
    _, body = there.got[0]
    expected = hmac.new(f"{body['timestamp']}\nSECret".encode(), b"", hashlib.sha256).digest()
    assert base64.b64decode(body["sign"]) == expected
    assert abs(int(body["timestamp"]) - time.time()) < 60, "seconds"
    assert body["msg_type"] == "text"


def test_wecom_needs_only_its_address(office, rep, now):
    there = office("wecom")
    alarm(rep, now=now)
    tick(now=now)
    path, body = there.got[0]
    assert path == PATHS["wecom"]
    assert set(body) == {"msgtype", "text"}


@override_settings(
    ROBOT_URLS=["https://oapi.dingtalk.com/robot/send?access_token=a#SECown"], ROBOT_SECRET="other"
)
def test_a_robot_may_carry_its_own_secret():
    robot = robots()["dingtalk"]
    assert (robot.secret, robot.url) == ("SECown", "https://oapi.dingtalk.com/robot/send?access_token=a")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {"errcode": 310000, "errmsg": "sign not match"}, {}), "refused with code 310000"),
        ((200, {"code": 19021, "msg": "sign match fail"}, {}), "refused with code 19021"),
        ((200, "no json", {}), "no answer: JSONDecodeError"),
        ((200, "[]", {}), "refused with code None"),
        ((500, "{}", {}), "HTTP 500"),
        ((302, "{}", {"Location": "http://127.0.0.1:9/robot/send"}), "HTTP 302"),
    ],
    ids=["refused", "refused-feishu", "not-json", "list", "500", "redirect"],
)
def test_a_refused_message_stays_due_and_backs_off(office, rep, now, answer, reason):
    there = office("dingtalk")
    there.answer = answer
    alarm(rep, now=now)
    assert tick(now=now).unsent == 1
    waiting = Delivery.objects.get()
    assert (waiting.sent_at, waiting.attempts, waiting.failed) == (None, 1, reason)
    assert tick(now=now + timedelta(seconds=30)).unsent == 0, "it rests a minute"
    there.answer = (200, {"errcode": 0}, {})
    assert tick(now=now + timedelta(seconds=90)).sent == 1
    assert Delivery.objects.get().failed == ""


def test_a_silent_host_costs_its_timeout_and_no_more(office, rep, now, monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT_SECONDS", 0.3)
    there = office("dingtalk")
    there.answer = (200, None, {})
    alarm(rep, now=now)
    began = time.monotonic()
    assert tick(now=now).unsent == 1
    assert time.monotonic() - began < 2
    assert Delivery.objects.get().failed == "no answer: TimeoutError"


def test_a_closed_host_fails_without_its_address_in_the_log(office, rep, now, settings, caplog):
    office("dingtalk")
    settings.ROBOT_HOSTS = ["http://127.0.0.1:9"]
    settings.ROBOT_URLS = ["http://127.0.0.1:9/robot/send?access_token=t-secret"]
    alarm(rep, now=now)
    assert tick(now=now).unsent == 1
    assert "no answer" in Delivery.objects.get().failed
    assert "t-secret" not in caplog.text + Delivery.objects.get().failed


def test_a_message_that_is_never_taken_is_given_up_with_its_reason(office, rep, now):
    there = office("dingtalk")
    there.answer = (500, "{}", {})
    alarm(rep, now=now)
    Delivery.objects.update(attempts=ticking.MOST_ATTEMPTS - 1)
    assert tick(now=now).unsent == 1
    assert tick(now=now + timedelta(days=1)).unsent == 0
    assert Delivery.objects.get().failed == "HTTP 500"


@pytest.mark.parametrize(
    "url",
    [
        "http://oapi.dingtalk.com/robot/send?access_token=a",
        "https://oapi.dingtalk.com.evil.example/robot/send?access_token=a",
        "https://evil.example/robot/send?access_token=a",
        "https://oapi.dingtalk.com@evil.example/robot/send?access_token=a",
        "https://user@oapi.dingtalk.com/robot/send?access_token=a",
        "https://oapi.dingtalk.com:8443/robot/send?access_token=a",
        "https://oapi.dingtalk.com:nan/robot/send?access_token=a",
        "https://oapi.dingtalk.com/other/path",
        "file:///etc/passwd",
    ],
)
def test_an_address_outside_the_list_is_named_and_never_used(settings, url):
    settings.ROBOT_URLS = [url]
    assert robots() == {}
    assert [fault.id for fault in robot_addresses_are_usable()] == ["salesdept.E010"]
    assert url not in str(robot_addresses_are_usable()[0])


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a", WeCom),
        ("https://oapi.dingtalk.com/robot/send?access_token=a", DingTalk),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/a", Feishu),
    ],
)
def test_each_platform_is_known_by_its_address(settings, url, kind):
    settings.ROBOT_URLS = [url]
    assert [type(robot) for robot in robots().values()] == [kind]
    assert robot_addresses_are_usable() == []


def test_a_second_robot_of_a_platform_is_named(settings):
    settings.ROBOT_URLS = [f"https://oapi.dingtalk.com/robot/send?access_token={n}" for n in "ab"]
    assert len(robot_addresses_are_usable()) == 1
    assert robots()["dingtalk"].url.endswith("=a")


def test_what_is_not_urgent_stays_in_the_house(office, rep, now):
    there = office("dingtalk")
    notify([Message(rep.pk, "今天有三位待跟进", "digest:1")], now)
    assert tick(now=now).sent == 0
    assert there.got == []


def test_e_mail_goes_to_whoever_has_an_address(rep, manager, now):
    rep.email = "rep@example.com"
    rep.save(update_fields=["email"])
    notify([Message(p.pk, "有\n新申请", "request:1", body="请看") for p in (rep, manager)], now)
    assert tick(now=now).sent == 1
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["rep@example.com"], "有 新申请")
    assert sent.message()["Message-ID"] == f"<{Delivery.objects.get().dedupe_key}@salesdept>"


def test_no_e_mail_leaves_for_somebody_inactive(rep, now):
    rep.email, rep.is_active = "rep@example.com", False
    rep.save(update_fields=["email", "is_active"])
    notify([Message(rep.pk, "有新申请", "request:1")], now)
    assert tick(now=now).sent == 0


@pytest.mark.parametrize(("urgent", "at_once"), [(True, 1), (False, 0)])
def test_mail_waits_for_the_morning_unless_urgent(rep, urgent, at_once):
    rep.email = "rep@example.com"
    rep.save(update_fields=["email"])
    night = clock.at(date(2026, 11, 23), 23, 30)
    notify([Message(rep.pk, "有新申请", "request:1", urgent=urgent)], night)
    assert tick(now=night).sent == at_once
    assert tick(now=clock.at(date(2026, 11, 24), 8)).sent == 1 - at_once


def test_a_broken_mailer_keeps_the_mail_due(rep, now, settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 1},
        }
    }
    rep.email = "rep@example.com"
    rep.save(update_fields=["email"])
    notify([Message(rep.pk, "有新申请", "request:1")], now)
    assert tick(now=now).unsent == 1
    assert Delivery.objects.get().failed == "mail: ConnectionRefusedError"


def test_a_sender_that_dies_before_the_mark_sends_again_under_the_same_key(office, rep, now, monkeypatch):
    """The only way to a double; both carry one number."""
    there = office("dingtalk")
    alarm(rep, now=now)
    with monkeypatch.context() as broken:
        broken.setattr(ticking, "_mark", _dies)
        with pytest.raises(KeyboardInterrupt):
            tick(now=now)
    assert tick(now=now + timedelta(seconds=30)).sent == 0, "the lease still holds"
    assert tick(now=now + ticking.LEASE + timedelta(seconds=1)).sent == 1
    first, second = (body["text"]["content"] for _, body in there.got)
    assert first == second
    assert Delivery.objects.count() == 1


def _dies(*args, **kwargs):
    raise KeyboardInterrupt


def test_the_key_exists_before_the_first_try(office, rep, now, monkeypatch):
    office("dingtalk")
    seen = []
    monkeypatch.setattr(Robot, "send", lambda self, delivery: seen.append(Delivery.objects.get().dedupe_key))
    alarm(rep, now=now)
    key = Delivery.objects.get().dedupe_key
    tick(now=now)
    assert seen == [key]


def test_the_database_alone_refuses_a_key_twice_on_one_channel(office, rep, manager, now):
    office("dingtalk")
    alarm(rep, manager, now=now)
    sent = Delivery.objects.get()
    other = Notice.objects.exclude(pk=sent.notice_id).get()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Delivery.objects.create(notice=other, channel=sent.channel, dedupe_key=sent.dedupe_key, due_at=now)
    assert constraint_name(refusal.value) == "one_delivery_per_key"
    assert Delivery.objects.get() == sent


def test_notices_and_deliveries_are_one_transaction(rep, now, office):
    office("dingtalk")

    def fails():
        with transaction.atomic():
            alarm(rep, now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not Notice.objects.exists()
    assert not Delivery.objects.exists()
